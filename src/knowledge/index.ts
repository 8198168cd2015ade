import { readdirSync, readFileSync } from 'node:fs'
import type { Source } from '../model.ts'
import { githubName } from '../text/git-url.ts'
import { readYaml } from '../text/yaml.ts'
import { type Tool, toolSchema } from './schema.ts'

export type { MapStep, ObjectMap, Tool } from './schema.ts'

/** The data stands once, beside the sources; the built program reads it there too. */
const FOLDER = new URL('../../src/knowledge/', import.meta.url)

let loaded: readonly Tool[] | null = null

/** Everything that is known of tools, by name; read once. Throws on a file that is not as the schema says: a test reads them all. */
export function tools(): readonly Tool[] {
  loaded ??= readdirSync(FOLDER)
    .filter(name => name.endsWith('.yaml'))
    .sort()
    .map(name => readTool(name, readFileSync(new URL(name, FOLDER), 'utf8')))
  return loaded
}

/** One file of knowledge from its text. Throws with the name of the file and everything that is wrong with it. */
export function readTool(file: string, text: string): Tool {
  const read = readYaml(text)
  if (!read.ok) throw new Error(`${file}:${read.line} ${read.reason}`)
  const parsed = toolSchema.safeParse(read.value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Error(`${file}: ${issues.join('; ')}`)
}

/** A tool as one source publishes it; `own`: versions of the source count by themselves, and a release says which app it carries. */
export type Known = { readonly tool: Tool; readonly version: 'app' | 'own' }

/** The address of what a source publishes, without scheme and trailing slash, lower case. */
function address({ url, type, chart }: Exclude<Source, { type: 'unknown' }>): string {
  const whole = type === 'helm' ? `${url.replace(/\/+$/, '')}/${chart}` : url
  return whole
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/+$/, '')
    .toLowerCase()
}

/** Sources whose versions are tags of a repository. */
const TAGS: ReadonlySet<Source['type']> = new Set(['git', 'github', 'github-releases', 'url'])

/** What is known of the tool that a source publishes as a chart, or as tags of its repository; null when nothing is. */
export function knownTool(source: Source, all: readonly Tool[] = tools()): Known | null {
  if (source.type === 'helm' || source.type === 'oci') {
    const here = address(source)
    for (const tool of all) {
      const found = tool.artefacts.find(artefact => here === artefact.address || here.endsWith(`/${artefact.address}`))
      if (found) return { tool, version: found.version }
    }
    return null
  }
  const name = TAGS.has(source.type) && source.url !== null ? githubName(source.url)?.toLowerCase() : undefined
  const tool = all.find(({ repositories }) => repositories.some(repository => repository.toLowerCase() === name))
  return tool ? { tool, version: 'app' } : null
}
