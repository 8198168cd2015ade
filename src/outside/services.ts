import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { problemLine } from '../config.ts'
import type { Looked } from '../model.ts'
import type { Registries, Renderer, World } from '../world.ts'
import { createRenderer, RENDER_LIMITS, type RenderLimits } from './helm/render.ts'
import { describeSandbox, sandbox } from './helm/sandbox.ts'
import { findHelm, type Tool } from './helm/tools.ts'
import { createModel, createNoModel } from './llm/llm.ts'
import type { Egress } from './net/egress.ts'
import { openEgress } from './net/open-egress.ts'
import { createRegistries, createRegistryMemory } from './registries/registries.ts'

/** What every repository shares: renderer and model, and the memory of registries. */
export type SharedServices = Renderer &
  Pick<World, 'ask'> & {
    /** Registries for one pass: what they say is asked for anew, what has not changed is remembered. */
    registries(): Registries
    /** What a person who runs this should know: which helm, and how well it is fenced in. */
    readonly says: readonly string[]
    close(): Promise<void>
  }

/** The part of the settings that the command line and the server share. */
export type ServiceSettings = {
  readonly data: string
  readonly helm: string | null
  readonly llm: { readonly apiKey: string | null; readonly baseUrl: string | null; readonly model: string | null }
  readonly egressAllow: readonly string[]
  readonly registryMirrors: string | null
  readonly registryAuth: string | null
}

/** JSON schemas that charts point at are small; the largest seen has 1.3 MB. */
const MAX_SCHEMA_BYTES = 5 * 2 ** 20

/** The model that is asked when a key is set and none is named. */
const DEFAULT_MODEL = 'gpt-5-mini'

async function fetchSchema(egress: Egress, url: string): Promise<Looked<string>> {
  const answer = await egress.fetch(url, { maxBytes: MAX_SCHEMA_BYTES, accept: 'application/json' })
  return answer.ok ? { ok: true, value: answer.value.body.toString('utf8') } : answer
}

function modelOf({ apiKey, baseUrl, model }: ServiceSettings['llm']): Pick<World, 'ask'> {
  return apiKey === null ? createNoModel() : createModel({ apiKey, baseURL: baseUrl, model: model ?? DEFAULT_MODEL })
}

async function assemble(
  settings: ServiceSettings,
  egress: Egress,
  helm: Tool,
  limits: RenderLimits,
): Promise<SharedServices> {
  await mkdir(settings.data, { recursive: true })
  const scratch = await mkdtemp(join(settings.data, 'render-'))
  const memory = createRegistryMemory()
  const renderer = createRenderer({
    helm,
    fetchSchema: url => fetchSchema(egress, url),
    scratch,
    limits,
  })
  return {
    registries: () => createRegistries(egress, memory),
    ...renderer,
    ...modelOf(settings.llm),
    says: [`helm ${helm.version} (${helm.path})`, describeSandbox(await sandbox())],
    close: () => rm(scratch, { recursive: true, force: true }),
  }
}

/** Finds helm, reads the operator's files, and puts the services together; or everything that is wrong, a line each. */
export async function openServices(
  settings: ServiceSettings,
  env: Readonly<Record<string, string | undefined>>,
  limits: RenderLimits = RENDER_LIMITS,
): Promise<
  | { readonly ok: true; readonly services: SharedServices }
  | { readonly ok: false; readonly problems: readonly string[] }
> {
  const egress = await openEgress(settings)
  const helm = await findHelm({ ...env, ...(settings.helm === null ? {} : { HELM_BIN: settings.helm }) })
  if (egress.ok && helm.ok) return { ok: true, services: await assemble(settings, egress.value, helm.value, limits) }
  return {
    ok: false,
    problems: [...(egress.ok ? [] : egress.problems.map(problemLine)), ...(helm.ok ? [] : [helm.reason])],
  }
}
