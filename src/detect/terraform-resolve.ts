import type { Skipped } from '../model.ts'
import type { Fact, Version } from './facts.ts'
import { chartSource, lastElement, ociSource, unknownSource } from './source.ts'
import type { Given, TerraformUse, TerraformValue } from './terraform-facts.ts'
import { floatingChart } from './version.ts'

type PinFact = Extract<Fact, { fact: 'pin' }>
/** What a name can stand for: several texts when variables files give several. */
type Values = (given: Given | null, folder: string) => readonly Version[]

/** References that lead on to references end somewhere: nobody chains more. */
const MAX_STEPS = 10

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.'
}

/**
 * Terraform knows a module's variables from its folder and from the files it is told on the command line. So a variables
 * file counts for the module in its own folder or above it, and for a module elsewhere when that alone declares the name.
 */
function valueReader(all: readonly TerraformValue[]): Values {
  const byName = Map.groupBy(all, ({ name }) => name)
  const counts = (value: TerraformValue, folder: string, homes: ReadonlySet<string>): boolean => {
    if (value.folder === folder) return true
    if (folder === '.' || value.folder.startsWith(`${folder}/`)) return !homes.has(value.folder)
    return homes.size === 1 && homes.has(folder)
  }
  const read = (given: Given | null, folder: string, steps: number): readonly Version[] => {
    if (given === null || given.type === 'unreadable' || steps > MAX_STEPS) return []
    if (given.type === 'literal') return [given]
    const named = byName.get(given.name) ?? []
    const homes = new Set(named.filter(({ loose }) => !loose).map(value => value.folder))
    return named
      .filter(value => counts(value, folder, homes))
      .flatMap(value => read(value.given, value.from, steps + 1))
  }
  return (given, folder) => read(given, folder, 0)
}

function sourceOf(chart: string, repository: string | null) {
  if (chart.startsWith('oci://')) return ociSource(chart)
  if (repository !== null) return chartSource(repository, chart)
  return unknownSource(lastElement(chart), `${chart} lies beside the module or in a repository that only Helm knows`)
}

function noted(
  { file, line }: TerraformUse,
  reason: string,
): { pins: readonly PinFact[]; skipped: readonly Skipped[] } {
  return { pins: [], skipped: [{ file, line, reason }] }
}

/** A chart's version is exact; a module's or a cluster's needs a digit only, as `1.30` and `4.0` are how they are written. */
function floating(use: TerraformUse, version: string): string | null {
  if (use.source === null) return floatingChart(version)
  return /^v?\d[0-9A-Za-z.+_-]*$/.test(version) ? null : `the version ${version} is a range: nothing to edit`
}

function pinsOf(use: TerraformUse, values: Values): { pins: readonly PinFact[]; skipped: readonly Skipped[] } {
  const folder = folderOf(use.file)
  const { kind, installs } = use
  const chart = values(use.chart, folder)[0]?.version ?? null
  const component = use.source === null ? lastElement(chart ?? use.component) : use.component
  if (use.version === null)
    return noted(use, `${component}: no version is given, so the newest is taken: nothing to edit`)
  const versions = values(use.version, folder)
  if (versions.length === 0)
    return noted(use, `${component}: the version is computed, or given from outside this repository`)
  const repository = values(use.repository, folder)[0]?.version ?? null
  const unread = use.repository !== null && repository === null
  const source =
    use.source ??
    (chart === null || unread
      ? unknownSource(component, 'the chart or its repository is computed, or given from outside this repository')
      : sourceOf(chart, repository))
  const reasons = versions.map(({ version }) => floating(use, version))
  return {
    pins: versions
      .filter((_, i) => reasons[i] === null)
      .map(({ version, place, digest }) => ({
        fact: 'pin',
        component,
        kind,
        version: { version, place, digest },
        source,
        installs,
        object: null,
        aliases: [],
      })),
    skipped: versions.flatMap(({ place }, i) => {
      const reason = reasons[i] ?? null
      return reason === null ? [] : [{ file: place.file, line: place.line, reason: `${component}: ${reason}` }]
    }),
  }
}

/** Pins of Terraform once every reference has found its value. A place that several things share is a pin of each component once. */
export function resolveTerraform(
  uses: readonly TerraformUse[],
  all: readonly TerraformValue[],
): { readonly pins: readonly PinFact[]; readonly skipped: readonly Skipped[] } {
  const values = valueReader(all)
  const found = uses.map(use => pinsOf(use, values))
  const pins = new Map(
    found
      .flatMap(({ pins }) => pins)
      .map(pin => [`${pin.component}\0${pin.version.place.file}\0${pin.version.place.start}`, pin] as const)
      .toReversed(),
  )
  return { pins: [...pins.values()], skipped: found.flatMap(({ skipped }) => skipped) }
}
