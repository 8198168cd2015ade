import { Cron } from 'croner'

/** A cron of five fields whose minutes are `*`: it names hours and days, not a moment. Null when the text is something else. */
export function readCron(text: string, timezone: string): ((at: Date) => boolean) | null {
  if (!/^\*( [\d*,/a-z#?-]+){4}$/i.test(text)) return null
  try {
    const cron = new Cron(text, { timezone, paused: true, mode: '5-part' })
    return at => cron.match(new Date(Math.floor(at.getTime() / 60_000) * 60_000))
  } catch {
    return null
  }
}
