import type { Release } from '../../model.ts'

/** A version of which nothing but its name is known, as from a list of tags. */
export function tagged(version: string): Release {
  return {
    version,
    digest: null,
    publishedAt: null,
    appVersion: null,
    urls: [],
    deprecated: false,
    prerelease: false,
  }
}

/** An answer that stays the same, however often it is asked for. */
export function no(reason: string): { ok: false; reason: string; retry: false } {
  return { ok: false, reason, retry: false }
}
