import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { detect } from '../../src/detect/index.ts'
import type { Detected, Pin, RepoFile } from '../../src/model.ts'

const NONE = { environments: [], ignorePaths: [] }

/** What is detected in a repository of these files. */
export function detectText(files: Record<string, string>, policy: Parameters<typeof detect>[1] = NONE): Detected {
  const all = Object.entries(files).map(([path, text]): RepoFile => ({ path, blob: path, text }))
  return detect({ commit: 'c0ffee', files: all, skipped: [] }, policy)
}

/** The files of a repository under manifests-fixtures/repos. */
export function readLayout(layout: string): Record<string, string> {
  const root = join(import.meta.dirname, '../../manifests-fixtures/repos', layout)
  const paths = readdirSync(root, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return Object.fromEntries(
    paths.map(entry => {
      const path = join(entry.parentPath, entry.name)
      return [path.slice(root.length + 1), readFileSync(path, 'utf8')]
    }),
  )
}

/** A pin in one line, to compare with. */
export function short({ component, kind, version, source, place, environment }: Pin): string {
  const { file, line, column } = place
  return `${component} ${version} ${kind} ${source.type} ${source.url} ${file}:${line}:${column} ${environment}`
}

/** What was left out, in one line each. */
export function notes({ skipped }: Detected): readonly string[] {
  return skipped.map(({ file, line, reason }) => `${file}:${line} ${reason}`)
}

/** Every pin stands where it says. */
export function expectRanges(files: Record<string, string>, { pins }: Detected): void {
  for (const { place, version, digest } of pins) {
    expect(files[place.file]?.slice(place.start, place.end)).toBe(version)
    if (digest) expect(files[place.file]?.slice(digest.place.start, digest.place.end)).toBe(digest.value)
  }
}
