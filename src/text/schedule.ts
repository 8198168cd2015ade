import { readCron } from './schedule/cron.ts'
import { type Local, localIn } from './schedule/local.ts'
import { readPhrase } from './schedule/phrase.ts'
import { readWindow } from './schedule/window.ts'

/** Whether a moment lies in a schedule. */
export type Schedule = (at: Date) => boolean

/** Days ahead that are looked through for an opening. */
const AHEAD_DAYS = 400
const MINUTE = 60_000

/** The step of the search: every form begins and ends on whole quarters of an hour, or is found within one. */
const STEP = 15 * MINUTE

/** Whether the name is a time zone that this machine knows (IANA). */
export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/**
 * Reads a schedule: the phrases that users of Renovate know (`before 6am on monday`, `every weekend`), a cron whose minutes are `*`
 * (`* 0-5 * * 1`), or days and hours with an own time zone (`Mon-Thu 09:00-15:00 Europe/Berlin`). Null when it is none of them.
 */
export function readSchedule(text: string, timezone: string): Schedule | null {
  const words = text.trim().replace(/\s+/g, ' ')
  const [, own = '', zone = timezone] = /^(.*?) ?([A-Za-z_]+\/[A-Za-z_/+-]+|UTC)?$/.exec(words) ?? []
  if (!isTimezone(zone)) return null
  const cron = readCron(own, zone)
  if (cron !== null) return cron
  const matches: ((local: Local) => boolean) | null = readPhrase(own.toLowerCase()) ?? readWindow(own.toLowerCase())
  if (matches === null) return null
  const local = localIn(zone)
  return at => matches(local(at))
}

/** What is wrong with the text of a schedule, null when nothing is. */
export function scheduleProblem(text: string): string | null {
  if (/^\d+ [\d*,/-]+ [\d*,/-]+ [\d*,/a-z-]+ [\d*,/a-z-]+$/i.test(text.trim()))
    return 'a time span: the minutes of a cron are `*` here, as in `* 0-5 * * 1`'
  return readSchedule(text, 'UTC') === null
    ? 'a schedule such as `before 6am on monday`, `every weekend`, `* 0-5 * * 1` or `Mon-Thu 09:00-15:00 Europe/Berlin`'
    : null
}

/** Any of several schedules; none at all is always open, and one that cannot be read is closed. */
function anyOf(texts: readonly string[], timezone: string): Schedule {
  const schedules = texts.map(text => readSchedule(text, timezone))
  return at => texts.length === 0 || schedules.some(schedule => schedule?.(at) === true)
}

/** Whether any of the schedules is open; none at all is always open, and one that cannot be read is closed. */
export function isOpen(texts: readonly string[], timezone: string, at: Date): boolean {
  return anyOf(texts, timezone)(at)
}

/** The next moment, to the minute, at which one of the schedules is open, `from` itself included; null when there is none within 400 days. */
export function nextOpening(texts: readonly string[], timezone: string, from: Date): Date | null {
  const open = anyOf(texts, timezone)
  if (open(from)) return from
  const last = from.getTime() + AHEAD_DAYS * 24 * 60 * MINUTE
  const found = first(open, from.getTime(), last, STEP)
  return found === null ? null : new Date(first(open, Math.max(found - STEP, from.getTime()), found, MINUTE) ?? found)
}

/** The first whole step after `from` and before `to` at which a schedule is open. */
function first(open: Schedule, from: number, to: number, step: number): number | null {
  for (let at = Math.ceil((from + 1) / step) * step; at < to; at += step) if (open(new Date(at))) return at
  return null
}
