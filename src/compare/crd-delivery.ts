import type { Fact, FactOf, Install, KubeObject, Resource, Value } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { type Comparison, chartOf, rendered } from './comparison.ts'
import { isCrd } from './crd.ts'
import { at, equal, isDeep, isList, text } from './data.ts'

/**
 * The API server takes no object whose annotations are larger, and `kubectl apply` keeps the whole object in one
 * (TotalAnnotationSizeLimitB in k8s.io/apimachinery, pkg/api/validation/objectmeta.go).
 */
const MOST_ANNOTATION_BYTES = 262_144

/** An object that holds what the chart of an operator's CRDs is called, and where its name and version stand. */
const CHART_PLACES: Readonly<
  Record<string, readonly (readonly [name: readonly string[], version: readonly string[]])[]>
> = {
  HelmRelease: [
    [
      ['spec', 'chart', 'spec', 'chart'],
      ['spec', 'chart', 'spec', 'version'],
    ],
  ],
  Application: [
    [
      ['spec', 'source', 'chart'],
      ['spec', 'source', 'targetRevision'],
    ],
  ],
}

type Delivery = FactOf<'crds-not-delivered'>

/** Changed CRDs that what stands in this repository does not bring into the cluster, install by install. */
export function compareDelivery(input: Comparison): readonly Fact[] {
  const [before, after] = [chartOf(input.before), chartOf(input.after)]
  if (!before || !after) return []
  const inFolder = changed(before.crds, after.crds)
  return input.installs.flatMap((install, i) => {
    const [was, is] = [objects(input.before, i), objects(input.after, i)]
    const inTemplates = changed(was.filter(isCrd), is.filter(isCrd))
    return [
      ...ofFolder(inFolder, install, input),
      ...tooLarge([...inFolder, ...inTemplates], [...before.crds, ...was], install),
    ]
  })
}

function objects(side: Comparison['after'], index: number): readonly KubeObject[] {
  const render = rendered(side)[index]
  return render?.ok ? render.objects : []
}

/** The new form of every CRD that is new or says something else than before; words that explain do not count. What is nested too deep to be looked at counts as changed. */
function changed(before: readonly KubeObject[], after: readonly KubeObject[]): readonly KubeObject[] {
  const old = new Map(before.map(crd => [crd.metadata.name, crd]))
  return after.filter(crd => {
    const was = old.get(crd.metadata.name)
    if (!was || isDeep(was) || isDeep(crd)) return true
    return !(equal(was.spec, crd.spec) || equal(silent(was.spec), silent(crd.spec)))
  })
}

/** A schema without its explanations. A field may be called `description`, but then it is a map. */
function silent(value: Value | undefined): Value {
  if (isList(value)) return value.map(silent)
  if (!isMap(value)) return value ?? null
  const said = Object.entries(value).filter(([key, inner]) => key !== 'description' || isMap(inner))
  return Object.fromEntries(said.map(([key, inner]) => [key, silent(inner)]))
}

/** What lies in `crds/` comes when the engine applies it, when the repository holds the CRDs itself, or with a chart of their own. */
function ofFolder(crds: readonly KubeObject[], install: Install, input: Comparison): Delivery[] {
  if (crds.length === 0) return []
  const vendored = crds.flatMap(crd => vendoredAs(crd, input))
  const [stale, names] = [vendored.filter(({ isSame }) => !isSame), vendored.map(({ crd }) => crd.metadata.name)]
  const alone = crds.filter(({ metadata }) => !names.includes(metadata.name))
  return [
    ...stale.map(({ crd, at: { file, line } }) => ({ ...about([crd], 'vendored', install), file, line })),
    ...(alone.length === 0 ? [] : byPolicy(alone, install, input)),
  ]
}

function byPolicy(crds: readonly KubeObject[], install: Install, input: Comparison): Delivery[] {
  if (install.crds !== 'skipped' && install.crds !== 'unknown') return []
  const own = crdChart(input)
  if (own === 'moves') return []
  if (own !== null) return [{ ...about(crds, 'other-chart', install), ...own }]
  // A release by Helm alone of which nothing is told: what must be true is said by the plan.
  if (install.crds === 'unknown' && install.engine === 'helm') return []
  return [about(crds, install.crds, install)]
}

function about(crds: readonly KubeObject[], cause: Delivery['cause'], { engine, file, line }: Install): Delivery {
  return {
    kind: 'crds-not-delivered',
    cause,
    crds: crds.map(({ metadata }) => metadata.name),
    engine,
    file,
    line,
    detail: '',
  }
}

function concerns({ environment }: Resource, { upgrade }: Comparison): boolean {
  return environment === null || environment === upgrade.environment
}

/** Where the repository itself holds a CRD, and whether it is the new one already. */
function vendoredAs(crd: KubeObject, input: Comparison) {
  return input.resources
    .filter(({ kind, name }) => kind === 'CustomResourceDefinition' && name === crd.metadata.name)
    .filter(resource => concerns(resource, input))
    .map(resource => ({
      crd,
      at: resource,
      isSame: !isDeep(crd.spec) && equal(silent(resource.body.spec), silent(crd.spec)),
    }))
}

/** The release of a chart that is named as the CRDs of this one (`kiln-crds` for `kiln`), and that stays behind; `moves` when it does not. */
function crdChart(
  input: Comparison,
): { readonly file: string; readonly line: number; readonly detail: string } | 'moves' | null {
  const { upgrade, resources } = input
  const names = ['-crds', '-crd'].map(end => `${chartOf(input.after)?.name}${end}`)
  const moving = [upgrade, ...input.followers.map(part => part.upgrade)].map(({ source }) => source.chart ?? '')
  if (moving.some(chart => names.includes(chart.split('/').at(-1) ?? ''))) return 'moves'
  for (const resource of resources) {
    if (!Object.hasOwn(CHART_PLACES, resource.kind) || !concerns(resource, input)) continue
    for (const [name, version] of CHART_PLACES[resource.kind] ?? []) {
      const chart = text(at(resource.body, name)).split('/').at(-1) ?? ''
      const stands = text(at(resource.body, version))
      if (!names.includes(chart)) continue
      if (stands === upgrade.to.version) return 'moves'
      return { file: resource.file, line: resource.line, detail: `${chart} stands at ${stands || 'no version'}` }
    }
  }
  return null
}

/** CRDs that do not fit into the annotation of a client-side apply; those that did not before either are said as such. */
function tooLarge(crds: readonly KubeObject[], before: readonly KubeObject[], install: Install): Delivery[] {
  if (install.crds !== 'applied-client-side') return []
  const large = crds.filter(crd => !sparesAnnotation(crd) && bytes(crd) > MOST_ANNOTATION_BYTES)
  const wasLarge = ({ metadata }: KubeObject) =>
    before.some(old => isCrd(old) && old.metadata.name === metadata.name && bytes(old) > MOST_ANNOTATION_BYTES)
  const [old, fresh] = [large.filter(wasLarge), large.filter(crd => !wasLarge(crd))]
  const sizes = (some: readonly KubeObject[]) => some.map(crd => `${bytes(crd)} bytes`).join(', ')
  return [
    ...(fresh.length === 0 ? [] : [{ ...about(fresh, 'too-large', install), detail: sizes(fresh) }]),
    ...(old.length === 0 ? [] : [{ ...about(old, 'too-large-before', install), detail: sizes(old) }]),
  ]
}

/** Argo CD reads sync options from the object, too. */
function sparesAnnotation({ metadata }: KubeObject): boolean {
  const options = text(at(metadata, ['annotations', 'argocd.argoproj.io/sync-options']))
  return /\b(?:ServerSideApply|Replace)=true\b/.test(options)
}

/** Bytes of an object as JSON; 0 for one that is nested too deep to be written. */
function bytes(object: KubeObject): number {
  return isDeep(object) ? 0 : Buffer.byteLength(JSON.stringify(object))
}
