import { posix } from 'node:path'
import { matchesGlob } from '../text/glob.ts'
import type { ChartLayerFact, ChartUserFact, DependencyFact, Fact, InstallFact } from './facts.ts'
import type { Files } from './files.ts'

type PinFact = Extract<Fact, { fact: 'pin' }>

/** A release name that helm accepts, for a chart of which only the folder is known: lower case, digits and dashes, 53 at most. */
function nameOf(folder: string): string {
  const word = posix
    .basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
  return word.slice(0, 53).replace(/^-+|-+$/g, '') || 'release'
}

/** Nobody is known to install the chart: what its own values say is what can be rendered. */
function alone({ folder, version }: DependencyFact): ChartUserFact['install'] {
  const { file, line } = version.place
  return { engine: 'helm', name: nameOf(folder), namespace: null, values: [], crds: 'unknown', file, line }
}

/** A values file of a user that lies in the folder of the chart, and what it means to the dependency. */
function placed({ folder, key }: DependencyFact, layer: ChartLayerFact): ChartLayerFact {
  const path = layer.kind === 'in-chart' ? posix.join(layer.name.startsWith('/') ? '' : folder, layer.name) : null
  const found: ChartLayerFact =
    layer.kind === 'in-chart' && path !== null
      ? { kind: 'file', path: path.replace(/^\/+/, ''), file: layer.file, line: layer.line }
      : layer
  return { kind: 'below', key, layer: found }
}

/** The install of a dependency: the values of its chart, then those of whoever installs the chart. */
function installOf(dependency: DependencyFact, user: ChartUserFact['install'], files: Files): InstallFact {
  const { folder, version } = dependency
  const { file, line } = version.place
  const path = posix.join(folder, 'values.yaml')
  const own: readonly ChartLayerFact[] = files.get(path) ? [{ kind: 'file', path, file, line }] : []
  return {
    ...user,
    name: user.name ?? nameOf(folder),
    values: [...own, ...user.values].map(layer => placed(dependency, layer)),
  }
}

/** The dependencies of charts that are kept in the repository, with an install for each Application or release of such a chart. */
export function umbrellaPins(
  dependencies: readonly DependencyFact[],
  users: readonly ChartUserFact[],
  files: Files,
): readonly PinFact[] {
  const exact = Map.groupBy(users, ({ folder }) => folder)
  const patterns = users.filter(({ folder }) => folder.includes('*'))
  const depth = (path: string) => path.split('/').length
  const fits = (folder: string, glob: string) =>
    matchesGlob(folder, glob) && (glob.includes('**') || depth(folder) === depth(glob))
  const of = (folder: string) => [
    ...(exact.get(folder) ?? []),
    ...patterns.filter(pattern => fits(folder, pattern.folder)),
  ]
  return dependencies.map((dependency): PinFact => {
    const { component, version, source, folder } = dependency
    const found = of(folder).map(({ install }) => install)
    const installs = (found.length > 0 ? found : [alone(dependency)]).map(user => installOf(dependency, user, files))
    return { fact: 'pin', component, kind: 'chart-dependency', version, source, installs, object: null, aliases: [] }
  })
}
