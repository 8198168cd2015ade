import { cell, code } from '../text/markdown.ts'

/** Longest version shown in a line. */
const VERSION = 60

/** A version as code; of a digest, as much as people compare. */
export function version(text: string): string {
  return code(text.replace(/^sha256:([0-9a-f]{12}).*$/s, '$1'), VERSION)
}

/** A component and where it stands, as the start of a line. */
export function named(component: string, environment: string | null): string {
  const where = environment === null ? '' : ` in **${cell(environment, 100)}**`
  return `**${cell(component, 100)}**${where}`
}

type Move = {
  readonly component: string
  readonly environment: string | null
  readonly from: string
  readonly to: string
}

/** An upgrade in a few words. */
export function move({ component, environment, from, to }: Move): string {
  return `${named(component, environment)} ${version(from)} → ${version(to)}`
}

/** A moment for people, to the minute; '' for what is no date. */
export function moment(at: string): string {
  const time = Date.parse(at)
  return Number.isNaN(time) ? '' : `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** A link to one of our pull requests: relative, so that it holds at every host and makes no reference in the other's history. */
export function pull(number: number): string {
  return `[#${number}](../pull/${number})`
}

/** What of a component is refused, as it follows its name; `refused` is one version of the line that is meant. */
export function refusal(what: 'closed' | 'version' | 'minor' | 'major' | 'component', refused: string): string {
  if (what === 'component') return 'every version'
  return what === 'minor' || what === 'major' ? `${version(refused)} and its ${what} line` : version(refused)
}

/** The last line of a list that was cut. */
export function andMore(n: number): string {
  return `- … and ${n} more`
}

/** One part of the dashboard: nothing is shown of it when it has no lines, and whole lines only when there are too many. */
export type Section = {
  readonly head: readonly string[]
  readonly lines: readonly string[]
  readonly tail: readonly string[]
  /** Longest it may be, in UTF-16 units. */
  readonly room: number
  readonly more: (n: number) => string
}

/** A section that is a list. */
export function list(title: string, lines: readonly string[], room: number): Section {
  return { head: [`### ${title}`], lines, tail: [''], room, more: andMore }
}
