import type { Skipped } from '../model.ts'
import type { Manifest, Version } from './facts.ts'
import { variableIn } from './variables.ts'

/** A chart version that Helm takes as exact: all three numbers, else it is a range (Masterminds/semver, constraints). */
const EXACT_CHART = /^v?\d+\.\d+\.\d+(?:[-+_.][0-9A-Za-z.+_-]*)?$/

function templated(text: string): boolean {
  return /\{\{|\$\{|\$\(|<<|\[\[|\uE000/.test(text)
}

/** Why a chart version is not a pin, null when it is one. */
export function floatingChart(version: string | null): string | null {
  if (version === null || version === '') return 'no version is given, so the newest is taken: nothing to edit'
  if (variableIn(version) !== null) return null
  if (templated(version)) return `the version ${version} is filled in elsewhere`
  return EXACT_CHART.test(version) ? null : `the version ${version} is a range or a floating name: nothing to edit`
}

/** Why an image or artefact tag is not a pin, null when it is one: a tag without any digit names a channel. */
export function floatingTag(tag: string | null): string | null {
  if (tag === null || tag === '') return 'no tag is given, so it floats: nothing to edit'
  if (variableIn(tag) !== null) return null
  if (templated(tag)) return `the tag ${tag} is filled in elsewhere`
  return /\d/.test(tag) ? null : `the tag ${tag} is floating: nothing to edit`
}

/** A digest that stands alone is a version of its own. */
export function isDigest(text: string | null): text is string {
  return text !== null && /^sha256:[0-9a-f]{64}$/.test(text)
}

/** The note that something has a version which is not a pin. */
export function note(
  manifest: Manifest,
  path: readonly (string | number)[],
  reason: string,
): { fact: 'skipped'; skipped: Skipped } {
  return { fact: 'skipped', skipped: { file: manifest.file, line: manifest.lineOf(path), reason } }
}

/** The tag at one path with the digest at another beside it; a lone digest is the version. Null when neither can be edited. */
export function tagAndDigest(
  manifest: Manifest,
  tag: readonly (string | number)[],
  digest: readonly (string | number)[],
): Version | null {
  const beside = manifest.version(digest)
  const version = manifest.version(tag)
  if (version === null) return beside
  return beside && isDigest(beside.version)
    ? { ...version, digest: { value: beside.version, place: beside.place } }
    : version
}

/** Why a git revision is not a pin, null when it is one: a commit or a tag. A branch or a range moves by itself. */
export function floatingRevision(revision: string | null): string | null {
  if (revision === null || revision === '') return 'no revision is given, so it floats: nothing to edit'
  if (variableIn(revision) !== null) return null
  if (templated(revision)) return `the revision ${revision} is filled in elsewhere`
  if (/^[0-9a-f]{40}$/.test(revision)) return null
  const isTag = /\d+\.\d+\.\d+|^v?\d+\.\d+$|^(?:refs\/tags\/).*\d/.test(revision) && !/[*<>=~^|\s]|\.x\b/.test(revision)
  return isTag ? null : `the revision ${revision} is a branch or a range: nothing to edit`
}
