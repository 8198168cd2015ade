import { type Local, WEEKDAYS } from './local.ts'

type Matches = (local: Local) => boolean

const WORKING = [1, 2, 3, 4, 5]
const WEEKEND = [0, 6]

/** `after 10pm`, `before 5am`, or both with `and` between them, at the beginning of a phrase. */
const HOURS = /^(?=after |before )(?:after (\S+))?(?:(?<=\S) and (?=before ))?(?:before (\S+))?(?= |$)/

/**
 * A phrase as users of Renovate write it: `at any time`, `after 10pm and before 5am every weekday`, `every weekend`,
 * `on friday and saturday`, `before 6am on the first day of the month`. Lower case; null when it is something else.
 */
export function readPhrase(text: string): Matches | null {
  if (text === 'at any time') return () => true
  const [span = '', from, to] = HOURS.exec(text) ?? []
  const after = timeOf(from)
  const before = timeOf(to)
  const rest = text.slice(span.length).trim()
  if (after === null || before === null) return null
  const days = daysOf(rest)
  if (days === null || (span === '' && rest === '')) return null
  return local => days(local) && isWithin(local.minute, after, before)
}

/** Minutes from midnight of `6am`, `10:30pm` or `22:00`; undefined when nothing is said, null when it is no time. */
function timeOf(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined
  const [, hour = '', minute = '0', half] = /^(\d{1,2})(?::(\d{2}))? ?([ap]m)?$/.exec(text) ?? []
  if (hour === '' || Number(minute) > 59) return null
  const h = Number(hour)
  if (half === undefined) return h < 24 && text.includes(':') ? h * 60 + Number(minute) : null
  return h < 1 || h > 12 ? null : ((h % 12) + (half === 'pm' ? 12 : 0)) * 60 + Number(minute)
}

/** `after 10pm and before 5am` goes over midnight. */
function isWithin(minute: number, after: number | undefined, before: number | undefined): boolean {
  if (after !== undefined && before !== undefined && after > before) return minute >= after || minute < before
  return minute >= (after ?? 0) && minute < (before ?? 24 * 60)
}

function daysOf(text: string): Matches | null {
  if (text === '' || text === 'every day') return () => true
  if (text === 'every weekday') return ({ weekday }) => WORKING.includes(weekday)
  if (text === 'every weekend') return ({ weekday }) => WEEKEND.includes(weekday)
  if (/^on the first day of the month$/.test(text)) return ({ day }) => day === 1
  const [, list] = /^(?:on|every) (.+)$/.exec(text) ?? []
  const named = list?.split(/, and |, | and /).map(name => WEEKDAYS.indexOf(name.replace(/s$/, '')))
  return named === undefined || named.includes(-1) ? null : ({ weekday }) => named.includes(weekday)
}
