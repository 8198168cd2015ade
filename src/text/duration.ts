const AMOUNT = String.raw`\d{1,6}(?:\.\d{1,3})? ?(?:weeks?|w|days?|d|hours?|h|minutes?|min|m|seconds?|s)`

/** Lengths of time as people write them: `3 days`, `24h`, `1 week`, `1h30m`. Linear, and safe for any text. */
export const DURATION = new RegExp(`^${AMOUNT}(?: ?${AMOUNT})*$`)

const MILLISECONDS: Readonly<Record<string, number>> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
}

/** The milliseconds that a text like `3 days` or `1h30m` means, null when it is not a length of time with units. */
export function parseDuration(text: string): number | null {
  if (!DURATION.test(text)) return null
  const parts = [...text.matchAll(/([\d.]+) ?([wdhms])[a-z]*/g)]
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (MILLISECONDS[unit ?? ''] ?? 0), 0)
}
