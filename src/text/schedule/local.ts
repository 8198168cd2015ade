/** The clock and the calendar of one place; `weekday` is 0 for Sunday, `minute` counts from midnight. */
export type Local = { readonly weekday: number; readonly day: number; readonly month: number; readonly minute: number }

export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    weekday: 'long',
    day: 'numeric',
    month: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  formats.set(timezone, format)
  return format
}

/** What a clock on the wall shows in a time zone (IANA); summer time is part of it. */
export function localIn(timezone: string): (at: Date) => Local {
  const format = formatOf(timezone)
  return at => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
    const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
    return {
      weekday: WEEKDAYS.indexOf((parts.get('weekday') ?? '').toLowerCase()),
      day: number('day'),
      month: number('month'),
      minute: number('hour') * 60 + number('minute'),
    }
  }
}
