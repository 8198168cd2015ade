import { z } from 'zod'
import type { Looked, Release } from '../../model.ts'
import { type Egress, shown } from '../net/egress.ts'
import { no, tagged } from './listed.ts'
import { json } from './oci-token.ts'

const MAX_BYTES = 8 * 1024 * 1024
/** Where a module is looked for whose address names no host (developer.hashicorp.com, "Module sources"). */
const PUBLIC_REGISTRY = 'registry.terraform.io'

const Discovery = z.object({ 'modules.v1': z.string() })
const Versions = z.object({
  modules: z.array(z.object({ versions: z.array(z.object({ version: z.string() })) })).min(1),
})

/**
 * The versions of a module, `[host/]namespace/name/provider[//folder]`, by the module registry protocol
 * (developer.hashicorp.com/terraform/internals/module-registry-protocol), host discovery included. It tells no dates.
 */
export async function moduleReleases(egress: Egress, address: string): Promise<Looked<readonly Release[]>> {
  const [, host = PUBLIC_REGISTRY, path] =
    /^(?:([\w-]+(?:\.[\w-]+)+(?::\d+)?)\/)?([\w-]+\/[\w-]+\/[\w-]+)(?:\/\/.*)?$/.exec(address) ?? []
  if (path === undefined) return no(`${address} is no address of a module in a registry`)
  const known = `https://${host}/.well-known/terraform.json`
  const discovered = await egress.fetch(known, { maxBytes: MAX_BYTES, accept: 'application/json' })
  if (!discovered.ok) return discovered
  const services = Discovery.safeParse(json(discovered.value.body))
  if (!services.success) return no(`${shown(known)} names no registry of modules`)
  const base = new URL(services.data['modules.v1'].replace(/\/*$/, '/'), known)
  const url = new URL(`${path}/versions`, base).href
  const answer = await egress.fetch(url, { maxBytes: MAX_BYTES, accept: 'application/json', from: known })
  if (!answer.ok) return answer
  const versions = Versions.safeParse(json(answer.value.body))
  if (!versions.success) return no(`${shown(url)} answered with something that is no list of versions`)
  return { ok: true, value: (versions.data.modules[0]?.versions ?? []).map(({ version }) => tagged(version)) }
}
