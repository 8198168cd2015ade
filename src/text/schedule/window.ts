import { type Local, WEEKDAYS } from './local.ts'

const DAY = '(?:sun|mon|tue|wed|thu|fri|sat)[a-z]*'
const WINDOW = new RegExp(
  String.raw`^(${DAY}(?:-${DAY})?(?:, ?${DAY}(?:-${DAY})?)*)? ?(?:(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2}))?$`,
)

/** Days and hours: `mon-thu 09:00-15:00`, `sat,sun`, `22:00-04:00` (the hours after midnight belong to the next day). Null when it is something else. */
export function readWindow(text: string): ((local: Local) => boolean) | null {
  const [whole, days, fromHour, fromMinute, toHour, toMinute] = WINDOW.exec(text) ?? []
  if (!whole) return null
  const weekdays = days === undefined ? [0, 1, 2, 3, 4, 5, 6] : days.split(/, ?/).flatMap(daysOf)
  const from = Number(fromHour ?? 0) * 60 + Number(fromMinute ?? 0)
  const to = fromHour === undefined ? 24 * 60 : Number(toHour) * 60 + Number(toMinute)
  if (weekdays.includes(-1) || from >= 24 * 60 || to > 24 * 60 || from === to) return null
  return ({ weekday, minute }) =>
    weekdays.includes(weekday) && (from < to ? minute >= from && minute < to : minute >= from || minute < to)
}

/** `mon` is one day, `fri-mon` goes over the end of the week. */
function daysOf(text: string): number[] {
  const [first = -1, last = first] = text.split('-').map(indexOf)
  if (first < 0 || last < 0) return [-1]
  return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, i) => (first + i) % 7)
}

/** `mon`, `monday`, `tues`: any beginning of at least three letters. */
function indexOf(name: string): number {
  return WEEKDAYS.findIndex(day => day.startsWith(name))
}
