import type { Source } from '../model.ts'
import { lastElement } from './source.ts'

/** A module's `source`: from a registry, from git at a `ref` (its offset in the address), beside this one, or of no kind we read. */
export type ModuleSource =
  | { readonly type: 'registry'; readonly component: string; readonly source: Source }
  | {
      readonly type: 'git'
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
    type: 'git',
    component: lastElement(url).replace(/\.git$/, ''),
    address,
    source: { type: 'git', url, chart: null },
    ref: found?.[1] === undefined ? null : { text: found[1], at: found.index + '?ref='.length },
  }
}

/** Reads the address of a module. */
export function moduleSource(address: string): ModuleSource {
  if (/^\.\.?(?:\/|$)/.test(address)) return { type: 'local', path: address }
  if (GIT.test(address)) return gitModule(address)
  const component = REGISTRY.exec(address)?.[1]
  return component === undefined
    ? { type: 'foreign' }
    : { type: 'registry', component, source: { type: 'terraform-module', url: address, chart: null } }
}
