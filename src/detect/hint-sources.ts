import type { Source } from '../model.ts'
import { chartSource, imageRepository, lastElement, unknownSource } from './source.ts'

/** What a hint says, by key; the words of Renovate's regex managers. */
export type Hint = ReadonlyMap<string, string>

const REPOSITORY = /^[\w.-]+\/[\w.-]+$/

function github(type: 'github' | 'github-releases', name: string): Source {
  return REPOSITORY.test(name)
    ? { type, url: `https://github.com/${name}`, chart: null }
    : unknownSource(null, `${name} is not the name of a GitHub repository`)
}

/** Where versions come from, for each `datasource` of a hint (Renovate, modules/datasource). */
const DATASOURCES: Readonly<Record<string, (name: string, hint: Hint) => Source>> = {
  docker: name => ({ type: 'docker', url: imageRepository(name), chart: null }),
  'github-releases': name => github('github-releases', name),
  'github-release-attachments': name => github('github-releases', name),
  'github-tags': name => github('github', name),
  'git-tags': name => ({ type: 'git', url: name, chart: null }),
  'git-refs': name => ({ type: 'git', url: name, chart: null }),
  helm: (name, hint) => chartSource(hint.get('registryUrl') ?? null, lastElement(name)),
  'terraform-module': name => ({ type: 'terraform-module', url: name, chart: null }),
}

/** The source that a hint names, or why it names none that can be asked. */
export function hintedSource(hint: Hint, name: string): Source {
  const datasource = hint.get('datasource')
  if (datasource === undefined) return unknownSource(null, 'the comment beside the version names no datasource')
  const read = Object.hasOwn(DATASOURCES, datasource) ? DATASOURCES[datasource] : undefined
  return read ? read(name, hint) : unknownSource(null, `versions are not looked up in the datasource ${datasource}`)
}
