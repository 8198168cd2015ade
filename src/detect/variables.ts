import type { Pin, Skipped } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { at, textAt } from './at.ts'
import type { Detector, Manifest, Version } from './facts.ts'

/** A variable that Flux writes into manifests after they are built, and the place of its value. */
export type VariableFact = { readonly fact: 'variable'; readonly name: string; readonly version: Version }

/** The name of a text that is nothing but one variable of Flux (`${NAME}`, `${NAME:=default}`); null when it is not. */
export function variableIn(text: string): string | null {
  return /^\$\{([A-Za-z_]\w*)(?::?[-=][^{}]*)?\}$/.exec(text)?.[1] ?? null
}

/** The default of a text that is nothing but one variable, and where it begins in the text; null when it has none. */
function defaultIn(text: string): { readonly version: string; readonly at: number } | null {
  const [, front, version] = /^(\$\{\w+:?[-=])([^{}]+)\}$/.exec(text) ?? []
  return front === undefined || version === undefined || !VERSION.test(version) ? null : { version, at: front.length }
}

/** Values that can be a version: the maps also hold hosts, sizes and names. */
const VERSION = /^\w*\d[\w.+-]*$|^sha256:[0-9a-f]{64}$/

function variablesAt(manifest: Manifest, path: readonly string[]): readonly VariableFact[] {
  const map = at(manifest.body, path)
  if (!isMap(map)) return []
  return Object.entries(map).flatMap(([name, value]) => {
    const mayBe =
      /^[A-Za-z_]\w*$/.test(name) && (typeof value === 'number' || (typeof value === 'string' && VERSION.test(value)))
    const version = mayBe ? manifest.version([...path, name]) : null
    return version ? [{ fact: 'variable', name, version }] : []
  })
}

/** Names that people give to versions; the data of ConfigMaps is only looked at under them. */
const NAMED_VERSION = /version|tag|release|image/i

/** The variables of a Flux Kustomization, and those that a ConfigMap may hold for one. */
export const fluxVariables: Detector = manifest => {
  const { body } = manifest
  if (body.kind === 'Kustomization' && textAt(body, ['apiVersion'])?.startsWith('kustomize.toolkit.fluxcd.io/'))
    return variablesAt(manifest, ['spec', 'postBuild', 'substitute'])
  const data = body.kind === 'ConfigMap' ? at(body, ['data']) : undefined
  return isMap(data) && Object.keys(data).some(key => /^\w+$/.test(key) && NAMED_VERSION.test(key))
    ? variablesAt(manifest, ['data']).filter(({ name }) => NAMED_VERSION.test(name))
    : []
}

/** The pin at the default of its variable; null when that is no version. */
function atDefault(pin: Pin): Pin | null {
  const found = defaultIn(pin.version)
  if (found === null) return null
  const { version, at: from } = found
  const [start, column] = [pin.place.start + from, pin.place.column + from]
  return { ...pin, version, place: { ...pin.place, start, column, end: start + version.length } }
}

/**
 * Puts a pin whose version is a variable at the places where the variable gets its value; at its default when nothing in
 * the repository gives it one.
 */
export function atVariables(
  variables: readonly VariableFact[],
  environmentOf: (file: string) => string | null,
): (pin: Pin) => { readonly pins: readonly Pin[]; readonly skipped: readonly Skipped[] } {
  const byName = Map.groupBy(variables, ({ name }) => name)
  return pin => {
    const name = variableIn(pin.version)
    if (name === null) return { pins: [pin], skipped: [] }
    const found = byName.get(name) ?? []
    const { file, line } = pin.place
    if (found.length > 0)
      return {
        pins: found.map(({ version }) => ({ ...pin, ...version, environment: environmentOf(version.place.file) })),
        skipped: [],
      }
    const fallback = atDefault(pin)
    if (fallback !== null) return { pins: [fallback], skipped: [] }
    const reason = `${pin.component}: the version ${pin.version} is filled in elsewhere`
    return { pins: [], skipped: [{ file, line, reason }] }
  }
}
