import type { Source } from '../model.ts'
import { imageRepository, lastElement } from './source.ts'

/**
 * A module's `source`: from a registry of modules, at a version in the address itself (the offset says where in it), beside
 * this one, or of no kind we read.
 */
export type ModuleSource =
  | { readonly type: 'registry'; readonly component: string; readonly source: Source }
  | {
      readonly type: 'address'
      readonly component: string
      readonly address: string
      readonly source: Source
      readonly ref: { readonly text: string; readonly at: number } | null
    }
  | { readonly type: 'local'; readonly path: string }
  | { readonly type: 'foreign' }

/** `[host/]namespace/name/provider[//submodule]` (Terraform, module sources, "Terraform Registry"). */
const REGISTRY = /^((?:[\w-]+\.[\w.-]+(?::\d+)?\/)?[\w-]+\/[\w-]+\/[\w-]+)(?:\/\/.*)?$/
/** Addresses that Terraform takes for git without being told so. */
const GIT = /^(?:git::|git@|(?:github\.com|bitbucket\.org)[/:])|^(?:https|ssh):\/\/[^?]*\.git(?:\/\/|\?|$)/
const HOSTED = /^((?:github\.com|bitbucket\.org)\/[^/?]+\/[^/?]+)/

/** The repository that is cloned: without the forced type, the folder within and the arguments. */
function cloneUrl(address: string): string {
  const bare = address.replace(/^git::/, '').replace(/^(.*[^:])\/\/.*$/, '$1')
  const hosted = HOSTED.exec(bare)?.[1]
  return hosted === undefined ? bare : `https://${hosted}`
}

function gitModule(whole: string): ModuleSource {
  const [address = whole] = whole.split('?', 1)
  const found = /[?&]ref=([^&]+)/.exec(whole)
  const url = cloneUrl(address)
  return {
    type: 'address',
    component: lastElement(url).replace(/\.git$/, ''),
    address,
    source: { type: 'git', url, chart: null },
    ref: found?.[1] === undefined ? null : { text: found[1], at: found.index + '?ref='.length },
  }
}

/** `oci://host/repository[//folder]?tag=…` or `?digest=…` (OpenTofu, module sources, "OCI Distribution Registries"). */
const OCI = /^oci:\/\/([^/?][^?]*?)(?:\/\/[^?]*)?(?:\?|$)/

function ociModule(whole: string, repository: string): ModuleSource {
  const found = /[?&](?:tag|digest)=([^&]+)/.exec(whole)
  return {
    type: 'address',
    component: lastElement(repository),
    address: whole.split('?', 1)[0] ?? whole,
    source: { type: 'docker', url: imageRepository(repository), chart: null },
    ref: found?.[1] === undefined ? null : { text: found[1], at: found.index + found[0].length - found[1].length },
  }
}

/** Reads the address of a module. */
export function moduleSource(address: string): ModuleSource {
  if (/^\.\.?(?:\/|$)/.test(address)) return { type: 'local', path: address }
  if (GIT.test(address)) return gitModule(address)
  const repository = OCI.exec(address)?.[1]
  if (repository !== undefined) return ociModule(address, repository)
  const component = REGISTRY.exec(address)?.[1]
  return component === undefined
    ? { type: 'foreign' }
    : { type: 'registry', component, source: { type: 'terraform-module', url: address, chart: null } }
}
