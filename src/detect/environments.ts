import type { Policy } from '../config.ts'
import { matchesGlob } from '../text/glob.ts'

/** Folders whose children are environments. */
const PARENTS = new Set(['clusters', 'environments', 'envs', 'overlays', 'stages'])
const SHARED = new Set([
  'base',
  'bases',
  'common',
  'shared',
  'global',
  'all',
  'default',
  'components',
  'templates',
  'charts',
  'apps',
])
const NAMES = new Set(
  ['dev', 'develop', 'development', 'sandbox', 'test', 'testing', 'qa', 'uat', 'stage', 'stg', 'staging'].concat([
    'preprod',
    'pre-prod',
    'preproduction',
    'pre-production',
    'canary',
    'prd',
    'prod',
    'production',
    'live',
  ]),
)

/** `values-prod.yaml`, `prod.yaml` and `app.staging.yaml` name an environment; `test-connection.yaml` does not. */
function nameInFile(file: string): string | null {
  const stem = file.replace(/\.[^.]*$/, '')
  if (NAMES.has(stem)) return stem
  const tail = /[-_.](pre-prod|pre-production|[a-z]+)$/.exec(stem)?.[1]
  return tail !== undefined && NAMES.has(tail) ? tail : null
}

/** The environment that a path feeds: as the policy says, else by the folder names people use; null when none. */
export function environmentOf(path: string, environments: Policy['environments']): string | null {
  if (environments.length > 0)
    return environments.find(({ paths }) => paths.some(glob => matchesGlob(path, glob)))?.name ?? null
  const folders = path.split('/')
  const file = folders.pop() ?? ''
  const below = folders.find((name, i) => PARENTS.has(folders[i - 1] ?? '') && !SHARED.has(name) && !PARENTS.has(name))
  return below ?? folders.find(name => NAMES.has(name)) ?? nameInFile(file)
}
