import type { CrdPolicy, Skipped } from '../model.ts'
import type { ChartAt, ChartLayerFact, Fact, InstallFact, ReleaseFact, Version } from './facts.ts'
import type { Find } from './lookup.ts'

type PinFact = Extract<Fact, { fact: 'pin' }>

/** Helm's limit of 53 characters; longer names keep 40 and a hash (helm-controller, release.ShortenName). */
function shortened(name: string): string {
  if (name.length <= 53) return name
  const { createHash } = process.getBuiltinModule('node:crypto')
  return `${name.slice(0, 40)}-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`
}

/** Flux upgrades CRDs only with CreateReplace; Create adds new ones and leaves the others as they are (HelmRelease, upgrade.crds). */
function crdPolicy(upgrade: string | null): CrdPolicy {
  return upgrade === 'CreateReplace' ? 'applied' : 'skipped'
}

/** What Flux installs of a release; the name defaults to `[targetNamespace-]name` (HelmRelease, releaseName). */
export function installOf(release: ReleaseFact): InstallFact {
  const { object, targetNamespace, file, line } = release
  const composed = targetNamespace === null ? object.name : `${targetNamespace}-${object.name}`
  return {
    engine: 'flux',
    name: release.releaseName ?? shortened(composed),
    namespace: targetNamespace ?? object.namespace,
    values: release.values,
    crds: crdPolicy(release.upgradeCrds),
    file,
    line,
  }
}

function isInline({ kind }: ChartLayerFact): boolean {
  return kind === 'values' || kind === 'variable'
}

/** A patch over its base: what it names wins; inline values are merged, a list of valuesFrom takes the other's place. */
function patched(base: ReleaseFact, patch: ReleaseFact): ReleaseFact {
  const inline = (release: ReleaseFact) => release.values.filter(isInline)
  const from = (release: ReleaseFact) => release.values.filter(layer => !isInline(layer))
  return {
    ...patch,
    object: { ...patch.object, namespace: patch.object.namespace ?? base.object.namespace },
    releaseName: patch.releaseName ?? base.releaseName,
    targetNamespace: patch.targetNamespace ?? base.targetNamespace,
    upgradeCrds: patch.upgradeCrds ?? base.upgradeCrds,
    values: [...(from(patch).length > 0 ? from(patch) : from(base)), ...inline(base), ...inline(patch)],
  }
}

function pinOf(chart: ChartAt, version: Version, installs: readonly InstallFact[]): PinFact {
  return {
    fact: 'pin',
    component: chart.chart,
    kind: 'flux-helmrelease',
    version,
    source: chart,
    installs,
    object: null,
    aliases: [],
  }
}

function notes(release: ReleaseFact, hasVersion: boolean): readonly Skipped[] {
  const { file, line, floating, chart, object } = release
  if (floating) return [{ file, line: floating.line, reason: `${object.name}: ${floating.reason}` }]
  if (chart === null || hasVersion) return []
  return [{ file, line, reason: `${object.name}: no version is given, so the newest is taken: nothing to edit` }]
}

/** A release and the patches that overlays lay over it: each version is a pin, with the installs it decides. */
function pinsOf(release: ReleaseFact, patches: readonly ReleaseFact[]): readonly PinFact[] {
  const { chart, version } = release
  if (chart === null) return []
  const plain = patches.filter(patch => patch.version === null && patch.floating === null)
  const here = plain.length > 0 ? plain.map(patch => patched(release, patch)) : [release]
  return [
    ...(version ? [pinOf(chart, version, here.map(installOf))] : []),
    ...patches.flatMap(patch =>
      patch.version ? [pinOf(chart, patch.version, [installOf(patched(release, patch))])] : [],
    ),
  ]
}

/** What HelmReleases come to once bases and patches have found each other. */
export type Releases = {
  readonly pins: readonly PinFact[]
  /** Installs of releases whose version stands in another object. */
  readonly references: readonly { readonly release: ReleaseFact; readonly installs: readonly InstallFact[] }[]
  readonly skipped: readonly Skipped[]
}

export function isWhole(release: ReleaseFact): boolean {
  return release.chart !== null || release.of !== null
}

/** Joins every HelmRelease with the patches that belong to it. `findWhole` looks only among whole ones. */
export function joinReleases(all: readonly ReleaseFact[], findWhole: Find<ReleaseFact>): Releases {
  const bases = new Map(
    all.filter(release => !isWhole(release)).map(patch => [patch, findWhole(patch.object, patch.file)[0]]),
  )
  const patchesOf = Map.groupBy(bases.keys(), patch => bases.get(patch))
  const whole = all.filter(isWhole).map(release => ({ release, patches: patchesOf.get(release) ?? [] }))
  const orphans = (patchesOf.get(undefined) ?? []).filter(({ version }) => version !== null)
  return {
    pins: whole.flatMap(({ release, patches }) => pinsOf(release, patches)),
    references: whole
      .filter(({ release }) => release.of !== null)
      .map(({ release, patches }) => ({
        release,
        installs: (patches.length > 0 ? patches.map(patch => patched(release, patch)) : [release]).map(installOf),
      })),
    skipped: [
      ...whole.flatMap(({ release, patches }) => [
        ...notes(
          release,
          release.version !== null || patches.some(patch => patch.version !== null || patch.floating !== null),
        ),
        ...patches.flatMap(patch => notes(patch, true)),
      ]),
      ...orphans.map(({ file, line, object }) => ({
        file,
        line,
        reason: `a patch of HelmRelease ${object.name}: no whole HelmRelease of that name is in this repository`,
      })),
    ],
  }
}
