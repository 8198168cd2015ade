import type { Chart, Looked } from '../../model.ts'
import { rawFiles } from './chart.ts'

/** Unpacked bytes of all charts that are kept; each is there twice, as bytes and as text. */
const KEPT_BYTES = 128 * 1024 * 1024

/** Charts by where they come from and the digest of their archive, least recently used first out. */
export type ChartCache = {
  /**
   * The chart with this digest, fetched at most once at a time. The digest alone is no key: who knows the digest of a
   * private chart must not get it by naming it in an index of his own.
   */
  load(from: string, digest: string, fetch: () => Promise<Looked<Chart>>): Promise<Looked<Chart>>
}

/** An empty cache of at most `limit` unpacked bytes. */
export function createChartCache(limit: number = KEPT_BYTES): ChartCache {
  const kept = new Map<string, { readonly chart: Chart; readonly bytes: number }>()
  const fetching = new Map<string, Promise<Looked<Chart>>>()
  let total = 0

  function keep(key: string, chart: Chart): void {
    const bytes = [...rawFiles(chart).values()].reduce((sum, file) => sum + file.length, 0)
    kept.set(key, { chart, bytes })
    total += bytes
    for (const [oldest, entry] of kept) {
      if (total <= limit) return
      kept.delete(oldest)
      total -= entry.bytes
    }
  }

  return {
    async load(from, digest, fetch) {
      const key = `${from} ${digest}`
      const known = kept.get(key)
      if (known !== undefined) {
        kept.delete(key)
        kept.set(key, known)
        return { ok: true, value: known.chart }
      }
      const running = fetching.get(key)
      if (running !== undefined) return running
      const started = fetch().finally(() => fetching.delete(key))
      fetching.set(key, started)
      const chart = await started
      if (chart.ok) keep(key, chart.value)
      return chart
    },
  }
}
