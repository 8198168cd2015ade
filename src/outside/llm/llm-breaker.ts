/** After this many failures in a row the model is left alone for a while. */
const FAILURES = 3
const REST_MS = 60_000

/** Keeps a broken model from slowing down every upgrade. `resting` gives the seconds left, null when it may be asked. */
export type Breaker = { resting(): number | null; worked(): void; failed(): void }

/** A closed breaker; `now` in milliseconds. After the rest one question is let through, and its failure starts the next rest. */
export function createBreaker(now: () => number): Breaker {
  let failures = 0
  let until = 0
  return {
    resting: () => (now() < until ? Math.ceil((until - now()) / 1000) : null),
    worked: () => {
      failures = 0
    },
    failed: () => {
      failures += 1
      if (failures >= FAILURES) until = now() + REST_MS
    },
  }
}
