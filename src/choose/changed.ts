import type { Pin, Source } from '../model.ts'

/** A pin as it stands on the default branch, and what somebody's pull request makes of it; `digest` is null where none is pinned then. */
export type Shift = { readonly pin: Pin; readonly to: { readonly version: string; readonly digest: string | null } }

/** A source without the version that some addresses hold. */
function sourceOf({ source, version }: Pin): readonly (string | null)[] {
  const { type, url, chart }: Source = source
  return [type, url === null || version === '' ? url : url.replaceAll(version, ''), chart]
}

/** What names a place wherever its line is. Places with one name are told apart by their order in the file. */
function nameOf(pin: Pin): string {
  const { place, component, kind, environment } = pin
  return JSON.stringify([place.file, component, kind, environment, ...sourceOf(pin)])
}

function standing({ version, digest }: Pin): string {
  return `${version} ${digest?.value ?? ''}`
}

/** Pins without those of which another list has one that stands at the same version. */
function without(pins: readonly Pin[], others: readonly Pin[]): readonly Pin[] {
  const left = others.map(standing)
  return pins.filter(pin => {
    const at = left.indexOf(standing(pin))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

type Pair = readonly [before: Pin, after: Pin]

/** Pins of one name before and after, in their order; where some came or went, those that stand as they did are left out. */
function pairs(before: readonly Pin[], after: readonly Pin[]): readonly Pair[] {
  const isSame = before.length === after.length
  const [olds, news] = isSame ? [before, after] : [without(before, after), without(after, before)]
  return olds.flatMap((old, i) => {
    const next = news[i]
    return next === undefined || standing(next) === standing(old) ? [] : [[old, next] as const]
  })
}

/** The pins of the default branch for those that a pull request was made from: in their place, else the first that stand as they did. */
function onBranch(olds: readonly Pin[], now: readonly Pin[], changes: readonly Pair[]): readonly (Pin | undefined)[] {
  if (olds.length === now.length) return changes.map(([old]) => now[olds.indexOf(old)])
  const left = [...now]
  return changes.map(([old]) => {
    const at = left.findIndex(pin => standing(pin) === standing(old))
    return at < 0 ? undefined : left.splice(at, 1)[0]
  })
}

/**
 * What a pull request makes of the pins of the default branch (`now`): from those of the commit that it was made from (`before`) and of its
 * head (`after`), so that what others have merged since is not taken for a change of it. What the default branch has already is none either.
 */
export function shifts(now: readonly Pin[], before: readonly Pin[], after: readonly Pin[]): readonly Shift[] {
  const [ours, heads] = [Map.groupBy(now, nameOf), Map.groupBy(after, nameOf)]
  return [...Map.groupBy(before, nameOf)].flatMap(([name, olds]) => {
    const changes = pairs(olds, heads.get(name) ?? [])
    const pins = onBranch(olds, ours.get(name) ?? [], changes)
    return changes.flatMap(([, next], i): Shift[] => {
      const pin = pins[i]
      if (pin === undefined || standing(pin) === standing(next)) return []
      return [{ pin, to: { version: next.version, digest: next.digest?.value ?? null } }]
    })
  })
}
