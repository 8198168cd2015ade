import type { Chart, Looked, Note, Side, Upgrade } from '../model.ts'
import { cut } from '../text/hidden.ts'
import { sections, versionsIn, whole } from '../text/sections.ts'
import { compareVersions, readVersion, type Version } from '../text/version.ts'
import { readYaml } from '../text/yaml.ts'
import { clean } from './sanitize.ts'

/** The notes found, which of the versions crossed have any, and in words what is missing or was taken out. */
export type Notes = {
  readonly notes: readonly Note[]
  readonly coverage: readonly { readonly version: string; readonly found: boolean }[]
  readonly unknown: readonly string[]
}

/** Limits in UTF-16 units, and in notes: a changelog is read up to `file`, a note is kept up to `note`. */
const LIMIT = { file: 1_000_000, note: 6_000, notes: 200 } as const

type Raw = { readonly origin: string; readonly version: string | null; readonly text: string }

/** The release notes that the chart archive itself carries, for every version in (from, to]. Needs no network. */
export function chartNotes(before: Looked<Side>, after: Looked<Side>, upgrade: Upgrade): Notes {
  const crossed = versionsBetween(upgrade.from, upgrade.to.version, upgrade.available)
  if (!after.ok)
    return {
      notes: [],
      coverage: crossed.map(version => ({ version, found: false })),
      unknown: [noNotes(crossed, 'no chart to read them from')],
    }
  const chart = after.value.chart
  const changelog = readChangelog(chart, upgrade)
  const raw = [...changelog, ...annotation(chart), ...(before.ok ? upgradeGuide(before.value.chart, chart) : [])]
  const cleaned = raw.slice(0, LIMIT.notes).map(note => ({ ...note, ...clean(note.text) }))
  const notes = cleaned.filter(({ text }) => text !== '')
  const covered = (version: string) => notes.some(note => note.version !== null && same(note.version, version))
  const all = versionsBetween(upgrade.from, upgrade.to.version, [
    ...upgrade.available,
    ...changelog.flatMap(({ version }) => version ?? []),
  ])
  const missing = all.filter(version => !covered(version))
  return {
    notes: notes.map(({ origin, version, text }) => ({ origin, version, text: cut(text, LIMIT.note) })),
    coverage: all.map(version => ({ version, found: covered(version) })),
    unknown: [
      ...(missing.length === 0 ? [] : [noNotes(missing, 'none in the chart')]),
      ...(raw.length > LIMIT.notes
        ? [`${raw.length - LIMIT.notes} further release notes of the chart were not read`]
        : []),
      ...notes
        .filter(({ text }) => text.length > LIMIT.note)
        .map(({ origin, text }) => `${origin} was read up to ${LIMIT.note} of ${text.length} characters`),
      ...cleaned
        .filter(({ hidden }) => hidden.length > 0)
        .map(({ origin, hidden }) => `${origin} hides text that was not read: ${hidden.join(', ')}`),
    ],
  }
}

function noNotes(versions: readonly string[], why: string): string {
  const named = versions.slice(0, 10).join(', ')
  const left = versions.length - 10
  return `release notes of ${named}${left > 0 ? ` and ${left} more versions` : ''}: ${why}`
}

/** The versions in (from, to], each once, oldest first; `to` is always among them. Pre-releases on the way are not crossed. */
function versionsBetween(from: string, to: string, candidates: readonly string[]): readonly string[] {
  const [first, last] = [readVersion(from, 'image'), readVersion(to, 'image')]
  if (!first || !last) return [to]
  const between = candidates
    .map(text => readVersion(text, 'image'))
    .filter((version): version is Version => version !== null && version.semver.prerelease.length === 0)
    .filter(version => compareVersions(version, first) > 0 && compareVersions(version, last) < 0)
  const unique = new Map(between.map(version => [version.semver.version, version]))
  return [...[...unique.values()].toSorted(compareVersions).map(({ semver }) => semver.version), to]
}

function same(a: string, b: string): boolean {
  const [left, right] = [readVersion(a, 'image'), readVersion(b, 'image')]
  return left && right ? compareVersions(left, right) === 0 : a === b
}

const CHANGELOG = /^(?:docs\/)?(?:change-?log|changes|history|releases?|release-notes)(?:\.(?:md|markdown|txt))?$/i

/** The sections of the chart's changelog whose heading names a version in (from, to]. */
function readChangelog(chart: Chart, { from, to }: Upgrade): readonly Raw[] {
  return [...chart.files]
    .filter(([path]) => CHANGELOG.test(path))
    .flatMap(([path, text]) => {
      const all = sections(text.slice(0, LIMIT.file))
      return all.flatMap((section, index) =>
        versionsIn(section.heading)
          .filter(version => isCrossed(version, from, to.version))
          .slice(0, 1)
          .map(version => ({
            origin: `chart ${chart.name} ${chart.version}: ${path}, ${version}`,
            version,
            text: whole(all, index, ({ heading }) => versionsIn(heading).length > 0),
          })),
      )
    })
}

function isCrossed(version: string, from: string, to: string): boolean {
  const [at, first, last] = [version, from, to].map(text => readVersion(text, 'image'))
  if (!at || !first || !last) return version === to.replace(/^v/, '')
  return compareVersions(at, first) > 0 && compareVersions(at, last) <= 0
}

/** Artifact Hub's annotation: what changed in this very version, a list of texts or of `{kind, description}`. */
function annotation(chart: Chart): readonly Raw[] {
  const key = 'artifacthub.io/changes'
  const text = Object.hasOwn(chart.annotations, key) ? chart.annotations[key] : undefined
  if (text === undefined || text.trim() === '') return []
  const read = readYaml(text)
  const lines = read.ok && Array.isArray(read.value) ? read.value.map(change) : [text]
  return [
    {
      origin: `chart ${chart.name} ${chart.version}: Chart.yaml, ${key}`,
      version: chart.version,
      text: lines.join('\n'),
    },
  ]
}

function change(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return `- ${entry}`
  const { kind, description } = entry as { readonly kind?: unknown; readonly description?: unknown }
  const says = typeof description === 'string' ? description : JSON.stringify(entry)
  return typeof kind === 'string' ? `- ${kind}: ${says}` : `- ${says}`
}

const GUIDE = /^(?:docs\/)?(?:readme|upgrad(?:e|ing)|migrat(?:e|ion|ing))(?:\.(?:md|markdown|txt))?$/i

/** Lines about upgrading that are new in the README or the upgrade guide of the chart. */
function upgradeGuide(before: Chart, after: Chart): readonly Raw[] {
  return [...after.files]
    .filter(([path]) => GUIDE.test(path))
    .flatMap(([path, text]) => {
      const known = new Set((before.files.get(path) ?? '').split('\n').map(line => line.trim()))
      const fresh = [...new Set(about(path, text.slice(0, LIMIT.file)))].filter(
        line => line.trim() !== '' && !known.has(line.trim()),
      )
      const origin = `chart ${after.name} ${after.version}: ${path}, new lines about upgrading`
      return fresh.length === 0 ? [] : [{ origin, version: null, text: fresh.join('\n') }]
    })
}

/** The lines of a README that stand under a heading about upgrading; every line of a guide. */
function about(path: string, text: string): readonly string[] {
  if (!/readme/i.test(path)) return text.split('\n')
  const all = sections(text)
  return all
    .flatMap((section, i) => (/upgrad|migrat|breaking/i.test(section.heading) ? [whole(all, i, () => false)] : []))
    .flatMap(part => part.split('\n'))
}
