import type { Place } from '../model.ts'
import type { Version } from './facts.ts'

/** A container image as people write it: `registry/path:tag@sha256:…`. */
export type ImageReference = { readonly name: string; readonly tag: string | null; readonly digest: string | null }

const NAME = String.raw`(?:[A-Za-z0-9][\w.-]*(?::\d+)?\/)?[a-z0-9][\w.-]*(?:\/[a-z0-9][\w.-]*)*`
/** distribution/reference: a tag has at most 128 characters. */
const REFERENCE = new RegExp(`^(${NAME})(?::(\\w[\\w.+-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`)

/** Reads an image reference; null when the text is none. A name alone is one. */
export function readImage(text: string): ImageReference | null {
  const found = text.length <= 512 ? REFERENCE.exec(text) : null
  return found?.[1] === undefined ? null : { name: found[1], tag: found[2] ?? null, digest: found[3] ?? null }
}

/** A part of a scalar's place, from one offset in it to another. */
export function within(place: Place, from: number, to: number): Place {
  return { ...place, column: place.column + from, start: place.start + from, end: place.start + to }
}

/** The tag and digest of a reference that stands at a place; a digest without a tag is the version. Null with neither. */
export function versionIn({ name, tag, digest }: ImageReference, place: Place): Version | null {
  const from = name.length + 1
  if (tag === null)
    return digest === null ? null : { version: digest, place: within(place, from, from + digest.length), digest: null }
  const version = { version: tag, place: within(place, from, from + tag.length) }
  if (digest === null) return { ...version, digest: null }
  const at = from + tag.length + 1
  return { ...version, digest: { value: digest, place: within(place, at, at + digest.length) } }
}
