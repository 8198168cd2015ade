/**
 * One misbehaviour of GitHub: for the next `times` (1) requests that match, answer `status` with `body`, or drop the
 * connection. `before` (default): nothing is done; `after-effect`: the work is done and its answer lost; `hang`: nothing
 * is done and nothing answered until the double stops; `hang-after-effect`: the work is done and nothing answered.
 */
export type Fault = {
  readonly match: (method: string, path: string) => boolean
  readonly status: number | 'drop'
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly times?: number
  readonly mode?: 'before' | 'after-effect' | 'hang' | 'hang-after-effect'
}

/** The faults that wait for their requests. */
export type Faults = {
  /** Arms a fault; the one armed first wins. */
  readonly next: (fault: Fault) => void
  /** The fault for this request, if any; counts it. */
  readonly take: (method: string, path: string) => Fault | null
  /** Disarms all. */
  readonly clear: () => void
}

/** An empty list of faults. */
export function createFaults(): Faults {
  let armed: { readonly fault: Fault; left: number }[] = []
  return {
    next: fault => void armed.push({ fault, left: fault.times ?? 1 }),
    take: (method, path) => {
      const found = armed.find(one => one.left > 0 && one.fault.match(method, path))
      if (!found) return null
      found.left -= 1
      return found.fault
    },
    clear: () => {
      armed = []
    },
  }
}
