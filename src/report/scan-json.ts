import type { Detected, Source } from '../model.ts'

/** A source as scripts see it: `url` and `chart` are null when they are not known, and then `reason` says why. */
export function sourceJson(source: Source) {
  const { type, url, chart } = source
  return source.type === 'unknown' ? { type, url, chart, reason: source.reason } : { type, url, chart }
}

/** The document of `windlass scan --json`; its schema is schemas/scan.schema.json. */
export function scanJson({ pins, skipped }: Detected) {
  return {
    pins: pins.map(({ component, kind, version, digest, source, place, environment }) => ({
      component,
      kind,
      version,
      digest: digest?.value ?? null,
      source: sourceJson(source),
      file: place.file,
      line: place.line,
      column: place.column,
      environment,
    })),
    skipped,
  }
}
