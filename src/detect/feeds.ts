import { posix } from 'node:path'
import type { Policy } from '../config.ts'
import type { RepoFile, Value } from '../model.ts'
import { splitDocuments } from '../text/documents.ts'
import { readYaml } from '../text/yaml.ts'
import { listAt, textAt } from './at.ts'
import { environmentOf } from './environments.ts'

const KUSTOMIZATION = /(^|\/)(kustomization\.ya?ml|Kustomization)$/

/** A file that pulls others in, by their paths: folders or files. */
type Puller = { readonly file: string; readonly pulls: readonly string[] }

/**
 * The environments that a file without one of its own reaches through kustomize: the overlays and Flux Kustomizations that pull it in,
 * directly or through other bases. Sorted as in the policy, else by name; one that feeds several changes all of them at once.
 */
export function environmentsFed(
  file: string,
  files: readonly RepoFile[],
  environments: Policy['environments'],
): readonly string[] {
  const pullers = files.flatMap(pullerOf)
  const reached = new Set<string>([file])
  const found = new Set<string>()
  for (const path of reached) {
    for (const puller of pullers) {
      if (!puller.pulls.some(pulled => holds(pulled, path))) continue
      const environment = environmentOf(puller.file, environments)
      if (environment !== null) found.add(environment)
      else reached.add(puller.file)
    }
  }
  const order = environments.map(({ name }) => name)
  return [...found].sort((a, b) => order.indexOf(a) - order.indexOf(b) || (a < b ? -1 : 1))
}

/** A folder that is pulled in means its kustomization, or everything below it where there is none. */
function holds(pulled: string, path: string): boolean {
  return path === pulled || (path.startsWith(`${pulled}/`) && (KUSTOMIZATION.test(path) || !/\.ya?ml$/.test(pulled)))
}

function pullerOf(file: RepoFile): readonly Puller[] {
  if (KUSTOMIZATION.test(file.path)) return [{ file: file.path, pulls: pulledBy(file) }]
  if (!file.text.includes('kustomize.toolkit.fluxcd.io/')) return []
  const pulls = bodies(file).flatMap(body => {
    const path = textAt(body, ['kind']) === 'Kustomization' ? textAt(body, ['spec', 'path']) : null
    return path === null ? [] : [posix.normalize(path).replace(/^\/+|\/+$/g, '')]
  })
  return [{ file: file.path, pulls }]
}

/** What a kustomization names below its `resources` and the older and rarer words for the same. */
function pulledBy(file: RepoFile): readonly string[] {
  const folder = posix.dirname(file.path)
  return bodies(file)
    .flatMap(body => ['resources', 'bases', 'components'].flatMap(key => listAt(body, [key])))
    .flatMap(entry => (typeof entry === 'string' && !entry.includes('://') ? [posix.join(folder, entry)] : []))
    .map(path => path.replace(/\/+$/, ''))
}

function bodies({ text }: RepoFile): readonly Value[] {
  return splitDocuments(text).flatMap(chunk => {
    const read = readYaml(chunk.text)
    return read.ok ? [read.value] : []
  })
}
