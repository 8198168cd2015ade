import { posix } from 'node:path'
import { inc, type ReleaseType } from 'semver'
import type { Edit, RepoFile, Step } from '../model.ts'
import { splitDocuments } from '../text/documents.ts'
import { lineIndex } from '../text/lines.ts'
import { type Located, locate, type Spot } from '../text/located.ts'
import { readRange, step } from '../text/version.ts'
import { dependenciesIn } from './chart-lock.ts'

/** The exact versions that a chart can have (semver.org); builds behind a `+` are not counted on. */
const CHART_VERSION = /^(v?)(\d{1,15}\.\d{1,15}\.\d{1,15}(?:-[0-9A-Za-z.-]{1,100})?)$/

/** How far a chart's own version rises with what it installs; what is no version says nothing of its content: the smallest step. */
const RISES: Readonly<Record<Step, ReleaseType>> = {
  major: 'major',
  minor: 'minor',
  patch: 'patch',
  prerelease: 'patch',
  digest: 'patch',
  other: 'patch',
}

function raised(version: string, from: string, to: string): string | null {
  const [, v = '', plain] = CHART_VERSION.exec(version) ?? []
  if (plain === undefined) return null
  const next = inc(plain, plain.includes('-') ? 'prerelease' : RISES[step(from, to)])
  return next === null ? null : v + next
}

function bare(version: string): string {
  return version.replace(/^v(?=\d)/, '')
}

/** A version with or without a `v`, as the text has it whose place it takes. */
function inShape(text: string, version: string): string {
  return text === bare(text) || !/^\d/.test(version) ? bare(version) : `v${version}`
}

function edit(file: string, { text, line, column, start, end }: Spot, to: string): Edit {
  return { place: { file, line, column, start, end }, from: text, to }
}

/** What a chart consists of, by its path below the Chart.yaml (helm.sh, Charts, "The Chart File Structure"). */
const PART = /^(?:[^/]+$|(?:templates|crds|charts)\/)/

/** The Chart.yaml of the chart that a file is a part of; null when it is a part of none. */
function chartOf(file: string, texts: ReadonlyMap<string, string>): string | null {
  for (let folder = posix.dirname(file); ; folder = posix.dirname(folder)) {
    const chart = posix.join(folder, 'Chart.yaml')
    if (texts.has(chart)) return PART.test(posix.relative(folder, file)) ? chart : null
    if (folder === '.' || folder === '/') return null
  }
}

/** Whether another chart here has this one as a dependency by its path, and only up to a version that is not this. */
function isHeld(chart: string, version: string, texts: ReadonlyMap<string, string>): boolean {
  const folder = posix.dirname(chart)
  return [...texts].some(([path, text]) => {
    if (!/^(?:Chart|requirements)\.yaml$/.test(posix.basename(path)) || path === chart) return false
    return dependenciesIn(text).some(({ name, repository, version: asked }) => {
      const at = String(repository ?? '')
      const lies = at === '' ? `charts/${name}` : at.startsWith('file://') ? at.slice('file://'.length) : null
      if (lies === null || posix.join(posix.dirname(path), lies, '.') !== posix.join(folder, '.')) return false
      return !readRange(String(asked ?? '*'))?.test(version)
    })
  })
}

function located(text: string): Located | null {
  const [chunk] = splitDocuments(text)
  return chunk ? locate(chunk, lineIndex(text)) : null
}

/**
 * What must change in the Chart.yaml of a chart kept in the repository when what it installs moves: `appVersion`, where it
 * stands at the version that moves (with or without a `v`), and then the chart's own `version` by the same step, because a
 * published chart with other content needs another version. A chart whose appVersion says something else keeps its version:
 * nobody publishes the umbrella charts of a GitOps repository. So does one that another chart here asks for at its version.
 */
export function ownChartEdits(files: readonly RepoFile[], edits: readonly Edit[]): readonly Edit[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  const byChart = Map.groupBy(edits, ({ place }) => chartOf(place.file, texts))
  return [...byChart].flatMap(([chart, own]) => (chart === null ? [] : follow(chart, texts, own)))
}

function follow(chart: string, texts: ReadonlyMap<string, string>, edits: readonly Edit[]): readonly Edit[] {
  const read = located(texts.get(chart) ?? '')
  const [application, version] = [read?.scalar(['appVersion']), read?.scalar(['version'])]
  const moved = application && edits.find(({ from }) => bare(from) === bare(application.text))
  if (!moved) return []
  const isEdited = ({ start }: Spot) => edits.some(({ place }) => place.file === chart && place.start === start)
  const next = application.text === moved.from ? moved.to : inShape(application.text, moved.to)
  const rise = version ? raised(version.text, moved.from, moved.to) : null
  return [
    ...(isEdited(application) ? [] : [edit(chart, application, next)]),
    ...(!version || rise === null || isEdited(version) || isHeld(chart, rise, texts)
      ? []
      : [edit(chart, version, rise)]),
  ]
}
