import type { Pin, Source } from '../model.ts'
import type { HintFact } from './hint-facts.ts'
import { isKubernetesComponent } from './kubernetes-names.ts'

/** A hint as the pin that it would be alone. */
export type HintPin = Pin & { readonly weak: boolean }

/** The pin that a hint makes when no format knows its place; `source` is where its versions come from, looked up if it had to be. */
export function hintPin(
  { component, aliases, version, weak }: HintFact,
  source: Source,
  environment: string | null,
): HintPin {
  const kind = isKubernetesComponent(component) ? 'kubernetes-version' : 'other'
  return { component, aliases, kind, ...version, source, environment, installs: [], weak }
}

function overlaps(a: Pin, b: Pin): boolean {
  return a.place.file === b.place.file && a.place.start < b.place.end && b.place.start < a.place.end
}

/**
 * A format knows best what stands at its place; a comment adds its names, and the source where the format had none or where
 * many publish the same versions, as with Kubernetes.
 */
function merged(pin: Pin, { component, source, aliases, weak }: HintPin): Pin {
  const others = [component, ...aliases, ...pin.aliases].filter(name => name !== pin.component)
  const known = { ...pin, aliases: [...new Set(others)] }
  if (source.type === 'unknown') return known
  if (pin.source.type === 'unknown')
    return { ...known, component, source, aliases: [...new Set([pin.component, ...others])] }
  return pin.kind === 'kubernetes-version' && !weak ? { ...known, source } : known
}

/** Pins with what the comments beside them say; a hint where no format found anything is a pin of its own. */
export function withHints(pins: readonly Pin[], hints: readonly HintPin[]): readonly Pin[] {
  const byFile = Map.groupBy(hints, ({ place }) => place.file)
  const used = new Set<HintPin>()
  const explained = pins.map(pin => {
    const here = (byFile.get(pin.place.file) ?? []).filter(hint => overlaps(pin, hint))
    for (const hint of here) used.add(hint)
    return here.reduce(merged, pin)
  })
  const alone = hints.filter(hint => !used.has(hint)).map(({ weak: _, ...pin }) => pin)
  return [...explained, ...alone]
}
