const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
}

const AMOUNT = /(\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(ns|us|µs|μs|ms|s|m|h)/y

/** The nanoseconds that a text like `1h30m` means to Go (`time.ParseDuration`), null when it means none. Linear for any text. */
export function nanoseconds(text: string): number | null {
  const sign = /^[+-]/.test(text) ? 1 : 0
  if (text.slice(sign) === '0') return 0
  let total = 0
  for (let at = sign; at < text.length; at = AMOUNT.lastIndex) {
    AMOUNT.lastIndex = at
    const found = AMOUNT.exec(text)
    if (!found) return null
    total += Number(found[1]) * (NANOSECONDS[found[2] ?? ''] ?? 0)
  }
  if (text.length === sign) return null
  return text.startsWith('-') ? -total : total
}

/** Whether two values are texts of one duration in two spellings (`1h`, `1h0m0s`). */
export function sameDuration(a: unknown, b: unknown): boolean {
  const [x, y] = [a, b].map(value => (typeof value === 'string' ? nanoseconds(value) : null))
  return x !== null && x === y
}
