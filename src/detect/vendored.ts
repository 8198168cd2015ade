import { GENERATED_FILES } from '../knowledge/manifests.ts'
import type { RepoFile } from '../model.ts'
import { scalarAt } from './at.ts'
import type { Fact, Manifest } from './facts.ts'
import { note } from './version.ts'

/** UTF-16 units at the beginning of a file in which a tool says that it has written it. */
const HEAD = 1000

const VERSION = /^v?\d[\w.+-]{0,60}$/
/** The label of a chart (helm.sh, Labels and Annotations: `helm.sh/chart` is name and version, with `_` for `+`). */
const CHART = /^([\w.-]{1,60}?)-(v?\d+\.\d+\.\d+[\w.+-]{0,60})$/

/** What a CRD's labels or annotations say it was installed with, `name version`; null when they do not. */
function installedWith({ body }: Manifest): string | null {
  const said = (key: string) =>
    scalarAt(body, ['metadata', 'labels', key]) ?? scalarAt(body, ['metadata', 'annotations', key])
  const version = said('app.kubernetes.io/version') ?? ''
  const [, chart, ofChart] = CHART.exec(said('helm.sh/chart') ?? '') ?? []
  const name = said('app.kubernetes.io/part-of') ?? said('app.kubernetes.io/name') ?? chart
  if (VERSION.test(version) && name !== undefined) return `${name} ${version}`
  return chart === undefined ? null : `chart ${chart} ${ofChart}`
}

/** Install manifests that are kept in the repository, known by what their CRDs say: once in a file for each version. */
export function vendored(manifests: readonly Manifest[]): readonly Fact[] {
  const crds = manifests.filter(({ body, templated }) => body.kind === 'CustomResourceDefinition' && !templated)
  const said = new Map(crds.toReversed().map(manifest => [installedWith(manifest), manifest]))
  return [...said].flatMap(([what, manifest]) =>
    what === null
      ? []
      : [note(manifest, [], `${what}: an install manifest kept here, a newer one takes the place of the whole file`)],
  )
}

/**
 * The facts of a file, without its pins where a tool has written the file whole: what runs from it moves when the tool
 * writes it again, and an edit of one line would be undone or half an upgrade.
 */
export function unlessGenerated({ path, text }: RepoFile, facts: readonly Fact[]): readonly Fact[] {
  const head = text.slice(0, HEAD)
  for (const { header, component, by } of GENERATED_FILES) {
    const found = header.exec(head)
    if (!found) continue
    const line = head.slice(0, found.index).split('\n').length
    const reason = `${component} ${found[1]}: this file is written by \`${by}\`, which writes a newer one as a whole`
    return [...facts.filter(({ fact }) => fact !== 'pin'), { fact: 'skipped', skipped: { file: path, line, reason } }]
  }
  return facts
}
