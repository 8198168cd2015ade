import type { Source } from '../model.ts'
import type { Fact, Version } from './facts.ts'
import type { HubChart } from './hint-facts.ts'
import { type Hint, hintedSource } from './hint-sources.ts'
import { type Target, targetsIn } from './hint-target.ts'
import { releasedAs } from './kubernetes.ts'
import { kubernetesName } from './kubernetes-names.ts'
import { imageRepository, lastElement } from './source.ts'
import type { TextDetector, TextFile } from './text-file.ts'

const HINT = /^([^\n]*?)(?:#|\/\/)[ \t]*renovate:[ \t]*([^\n]*)$/gm
const PAIR = /(\w+)=("[^"]*"|'[^']*'|\S+)/g
/** A comment that begins with the page of what the version belongs to, and says nothing before it. */
const LINK =
  /^([^\n#]*\S)[ \t]+#[ \t]*https:\/\/(?:github\.com\/([\w.-]+\/[\w.-]+?)(?:\.git|\/releases)?|artifacthub\.io\/packages\/helm\/([\w.-]+\/[\w.-]+)|hub\.docker\.com\/(?:r\/([\w.-]+\/[\w.-]+)|_\/([\w.-]+))(?:\/tags)?)\/?(?=\s|$)/gm
/** What people write such comments behind: whole versions, and ids (`ami-0b6c…`); no numbers, sizes or addresses. */
const LINKED = /^(?:v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?|[a-z]+-[0-9a-f]{8,})$/
/** Keys under which a version stands when it does not stand on the first line below its hint. */
const VERSION_KEY = /version|tag|ref|revision|value/i
/** How far below its hint a version may stand. */
const REACH = 3

type Line = { readonly text: string; readonly start: number }

function pairs(text: string): Hint {
  return new Map([...text.matchAll(PAIR)].map(([, key = '', value = '']) => [key, value.replace(/^["']|["']$/g, '')]))
}

function lineAt(text: string, start: number): Line {
  const end = text.indexOf('\n', start)
  return { text: text.slice(start, end < 0 ? text.length : end).replace(/\r$/, ''), start }
}

function indent(line: string): number {
  return line.length - line.trimStart().length
}

/** The lines that a hint can be about: the next ones that are no comments and no templates, and stand no further out. */
function below(text: string, hint: Line): readonly Line[] {
  const found: Line[] = []
  for (
    let line = lineAt(text, hint.start + hint.text.length + 1);
    line.start <= text.length && found.length < REACH;
  ) {
    const next = text.indexOf('\n', line.start)
    const comment = /^\s*(?:#|\/\/|\{\{.*\}\}\s*$)/.test(line.text)
    if (!comment && (line.text.trim() === '' || indent(line.text) < indent(hint.text))) break
    if (!comment) found.push(line)
    if (next < 0) break
    line = lineAt(text, next + 1)
  }
  return found
}

type Aimed = { readonly target: Target; readonly at: number }

function aim(lines: readonly Line[]): readonly Aimed[] {
  for (const [i, line] of lines.entries()) {
    const targets = targetsIn(line.text).filter(({ key }) => i === 0 || VERSION_KEY.test(key))
    if (targets.length > 0) return targets.map(target => ({ target, at: line.start }))
  }
  return []
}

function versionAt(file: TextFile, { target, at }: Aimed): Version {
  const { version, start, digest } = target
  const place = (from: number, text: string) => file.place(at + from, at + from + text.length)
  return {
    version,
    place: place(start, version),
    digest: digest && { value: digest.value, place: place(digest.start, digest.value) },
  }
}

function componentOf(name: string, key: string): string {
  const known = releasedAs(name)
  return known === lastElement(name) ? (kubernetesName(key) ?? known) : known
}

function hinted(file: TextFile, before: string, said: string, start: number): readonly Fact[] {
  const hint = pairs(said)
  const name = hint.get('packageName') ?? hint.get('lookupName') ?? hint.get('depName') ?? hint.get('image')
  if (name === undefined || (before.trim() !== '' && /^\s*(?:#|\/\/)/.test(before))) return []
  const own = lineAt(file.text, start)
  const lines = before.trim() === '' ? below(file.text, own) : [{ text: before, start }]
  const aimed = aim(lines).filter(({ target }) => hint.has('datasource') || /\d\.\d/.test(target.version))
  if (aimed.length === 0 && hint.has('datasource')) {
    const { line } = file.place(start, start)
    return [
      { fact: 'skipped', skipped: { file: file.path, line, reason: `no version of ${name} follows this comment` } },
    ]
  }
  const aliases = [...new Set([name, hint.get('depName') ?? name])]
  return aimed.map(one => ({
    fact: 'hint',
    component: componentOf(name, one.target.key),
    aliases,
    version: versionAt(file, one),
    source: hintedSource(hint, name),
    weak: false,
  }))
}

function linkedSource(github: string | undefined, hub: string | undefined, image: string): Source | HubChart {
  if (github !== undefined) return { type: 'github', url: `https://github.com/${github}`, chart: null }
  if (hub === undefined) return { type: 'docker', url: imageRepository(image), chart: null }
  const [repository = '', chart = ''] = hub.split('/')
  return { type: 'artifact-hub', repository, chart }
}

function linked(file: TextFile, found: RegExpExecArray): readonly Fact[] {
  const [, before = '', github, chart, user, official] = found
  const image = user ?? official
  const name = github ?? chart ?? image ?? ''
  return targetsIn(before)
    .filter(({ version }) => LINKED.test(version))
    .map(target => ({
      fact: 'hint',
      component: lastElement(name),
      aliases: image === undefined ? [name] : [name, `docker.io/${image}`],
      version: versionAt(file, { target, at: found.index }),
      source: linkedSource(github, chart, image ?? ''),
      weak: true,
    }))
}

/** Comments that say what a version belongs to: `# renovate: datasource=… depName=…`, and a link behind the version. */
export const hints: TextDetector = file => [
  ...(file.text.includes('renovate:')
    ? [...file.text.matchAll(HINT)].flatMap(found => hinted(file, found[1] ?? '', found[2] ?? '', found.index))
    : []),
  ...(file.text.includes('# https://') ? [...file.text.matchAll(LINK)].flatMap(found => linked(file, found)) : []),
]
