/** What stands before a version in a tag: tags of one repository carry the same version as `v1.2.3`, `chart-1.2.3`, `operator/v1.2.3`. */
const FRONT = /^(?:[a-z][a-z0-9-]*[-/_])?v?(?=\d)/i

/** Whether a text is nothing but such a front. */
export function isFront(text: string): boolean {
  return `${text}0`.replace(FRONT, '') === '0'
}

/** A version without its front, `1.2.3`. */
export function bareVersion(version: string): string {
  return version.replace(FRONT, '')
}

/** The front of a version without its `v`: what a source writes before all of its versions. */
export function frontOf(version: string): string {
  return version.slice(0, version.length - bareVersion(version).length).replace(/v$/i, '')
}
