import type { Pin, Release } from '../model.ts'
import { lowestVersion } from './candidates.ts'
import { isDigest, type PinGroup } from './group.ts'

/** What an image without a tag is taken to follow, as container engines do. */
const DEFAULT_TAG = 'latest'

/**
 * The tag whose digest a group pins, so that the digest can move although the tag stays; null when it pins no digest.
 * Where several versions stand, it is the oldest.
 */
export function followedTag(group: PinGroup): string | null {
  const [first] = group.pins
  if (isDigest(first.version)) return DEFAULT_TAG
  const tag = lowestVersion(group)?.text ?? first.version
  return group.pins.some(({ version, digest }) => version === tag && digest !== null) ? tag : null
}

/** The upgrade of a followed tag to the digest that it has now; null when every pin has that digest already. */
export function nextDigest(group: PinGroup, tag: string, digest: string): Release | null {
  const version = isDigest(group.pins[0].version) ? digest : tag
  const to = {
    version,
    digest,
    publishedAt: null,
    appVersion: null,
    urls: [],
    deprecated: false,
    prerelease: false,
  }
  return group.pins.some(pin => isBehind(pin, to)) ? to : null
}

/** Whether a pin stands at another digest of the same tag. */
export function isBehind(pin: Pin, to: Release): boolean {
  if (isDigest(pin.version)) return pin.version !== to.digest
  return pin.version === to.version && pin.digest !== null && pin.digest.value !== to.digest
}
