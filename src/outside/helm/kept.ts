/** Values by key, the least recently used first out. */
export type Kept<T> = {
  get(key: string): T | undefined
  /** `bytes` is what the value counts for; one that is larger than the whole room is not kept. */
  put(key: string, value: T, bytes: number): void
}

/** An empty room for at most `limit` bytes, as counted by those who put something in. */
export function createKept<T>(limit: number): Kept<T> {
  const kept = new Map<string, { readonly value: T; readonly bytes: number }>()
  let total = 0
  const drop = (key: string) => {
    total -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }
  return {
    get(key) {
      const found = kept.get(key)
      if (found === undefined) return undefined
      kept.delete(key)
      kept.set(key, found)
      return found.value
    },
    put(key, value, bytes) {
      drop(key)
      if (bytes > limit) return
      kept.set(key, { value, bytes })
      total += bytes
      for (const oldest of kept.keys()) {
        if (total <= limit) return
        drop(oldest)
      }
    },
  }
}
