import type { Seen } from '../choose/index.ts'
import type { Release } from '../model.ts'
import type { KnownSource, World } from '../world.ts'

/** A release at its source; `name` is what it is remembered by where nobody says when it was published. */
export type Published = { readonly source: KnownSource; readonly release: Release; readonly name: string }

/** A version that may be taken, and every release that it would bring. */
export type Dated = { readonly version: string; readonly brings: readonly Published[] }

/**
 * When each version appeared, newest version first: from the registries, else since when we know it; of several releases the
 * youngest counts. Only asked where an age is wanted (milliseconds), and only until a version is old enough.
 */
export async function dates(
  world: World,
  versions: readonly Dated[],
  minimumAge: number,
): Promise<ReadonlyMap<string, Seen>> {
  const dated = new Map<string, Seen>()
  if (minimumAge === 0) return dated
  for (const { version, brings } of versions) {
    const seen: Seen[] = []
    for (const one of brings) seen.push(await dateOf(world, one))
    const [youngest] = seen.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    if (youngest === undefined) continue
    dated.set(version, youngest)
    if (world.now().getTime() - Date.parse(youngest.at) >= minimumAge) break
  }
  return dated
}

async function dateOf(world: World, { source, release, name }: Published): Promise<Seen> {
  const published = release.publishedAt ?? (await world.publishedAt(source, release))
  if (published !== null && Date.parse(published) <= world.now().getTime())
    return { at: published, source: 'published' }
  return { at: await world.firstSeen(source, name), source: 'first-seen' }
}
