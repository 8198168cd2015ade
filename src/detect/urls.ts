import type { PinKind, Source } from '../model.ts'
import { cloneUrl, githubName } from '../text/git-url.ts'
import type { Fact } from './facts.ts'
import { lastElement } from './source.ts'
import type { TextDetector, TextFile } from './text-file.ts'

const WORTH_A_LOOK = /[?&]ref=|githubusercontent\.com\/|\/releases\/download\/|\/archive\/|\/-?\/?raw\//
const URL_CHARACTER = /[^\s"'`<>()[\]{},|\\]/
/** The end of what comes before the version in a URL. */
const FRONT =
  /[?&]ref=|(?:raw\.githubusercontent\.com|raw\.github\.com)\/[\w.-]+\/[\w.-]+\/(?:refs\/(?:tags|heads)\/)?|\/releases\/download\/|github\.com\/[\w.-]+\/[\w.-]+\/(?:raw|blob|tree)\/(?:refs\/tags\/)?|\/-\/(?:raw|archive)\/|\/archive\/(?:refs\/tags\/)?/g
const COMMIT = /^[0-9a-f]{40}$/

/** A tag or a commit; a branch is none: one without digits, or a number that names a line of releases. */
function isPinned(version: string): boolean {
  return (
    COMMIT.test(version) ||
    (/\d/.test(version) && /\d\.\d|^v?\d+$|[-_/]v?\d+$/.test(version) && !/^release[-/]v?\d+(?:\.\d+)?$/.test(version))
  )
}

function sourceOf(url: string, front: string, kind: PinKind): Source | null {
  if (/ref=$/.test(front)) {
    const clone = cloneUrl(url)
    return clone === null ? null : { type: 'git', url: clone, chart: null }
  }
  const name = kind === 'other' ? githubName(url) : null
  return name === null
    ? { type: 'url', url, chart: null }
    : { type: 'github', url: `https://github.com/${name}`, chart: null }
}

function componentOf(url: string): string {
  const name = githubName(url)
  return lastElement(name ?? cloneUrl(url) ?? url)
}

const KUSTOMIZE_LISTS = /^(?:resources|bases|components|crds|configurations|generators|transformers|validators|path)$/

function kindAt(file: TextFile, at: number): PinKind {
  const entry = file.outline.entryAt(at)
  if (entry === null) return 'other'
  const key = entry.key === '' ? (file.outline.parent(entry)?.key ?? '') : entry.key
  const isInList = entry.key === '' || entry.value.startsWith('[')
  return isInList && KUSTOMIZE_LISTS.test(key) ? 'kustomize-remote-resource' : 'other'
}

function pinsIn(
  file: TextFile,
  start: number,
  end: number,
  front: RegExpMatchArray & { index: number },
): readonly Fact[] {
  const { text } = file
  const url = text.slice(start, end)
  const from = front.index + front[0].length
  const rest = text.slice(from, end)
  const version =
    (/ref=$/.test(front[0]) ? /^[^&#]*/.exec(rest) : /^[^/?#]*/.exec(rest))?.[0].replace(
      /\.(?:tar\.gz|tgz|zip)$/,
      '',
    ) ?? ''
  const kind = kindAt(file, start)
  const source = isPinned(version) && !/[${}%]/.test(version) ? sourceOf(url, front[0], kind) : null
  if (source === null) return []
  const component = componentOf(url)
  const places = [from]
  for (
    let at = text.indexOf(version, from + version.length);
    at >= 0 && at < end;
    at = text.indexOf(version, at + version.length)
  )
    places.push(at)
  return places.map(at => ({
    fact: 'pin',
    component,
    kind,
    version: { version, place: file.place(at, at + version.length), digest: null },
    source,
    installs: [],
    object: null,
    aliases: [],
  }))
}

/** Versions inside URLs: remote resources of a kustomization, release assets, raw files and archives, wherever they stand. */
export const urls: TextDetector = file => {
  const { text } = file
  if (!WORTH_A_LOOK.test(text)) return []
  let done = 0
  return [...text.matchAll(FRONT)].flatMap(front => {
    if (front.index < done) return []
    let [start, end] = [front.index, front.index + front[0].length]
    while (start > 0 && URL_CHARACTER.test(text[start - 1] ?? '')) start--
    while (end < text.length && URL_CHARACTER.test(text[end] ?? '')) end++
    done = end
    return file.isComment(start) ? [] : pinsIn(file, start, end, front)
  })
}
