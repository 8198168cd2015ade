import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { detect } from '../src/detect/index.ts'
import type { Pin, RepoFile, Source } from '../src/model.ts'
import { lockEdits } from '../src/plan/chart-lock.ts'
import { applyEdits, editFiles } from '../src/plan/edit.ts'
import { ownChartEdits } from '../src/plan/own-chart.ts'
import { blobId } from './support/blob.ts'
import { bumpEdits } from './support/bumped.ts'

/** Real upgrades from the history of public repositories, kept beside the checkout; too large to be a part of it. */
const DATA = join(import.meta.dirname, '../../shared')
const REPLAY = join(DATA, 'replay')
const REPOS = join(DATA, 'repos')
const THERE = existsSync(REPLAY)
if (!THERE)
  console.warn('NOT CHECKED: the data of real upgrades is not beside this checkout, test/replay.test.ts is skipped')

const POLICY = { environments: [], ignorePaths: [] }
const scratch = mkdtempSync(join(tmpdir(), 'windlass-replay-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

type Case = {
  readonly id: string
  readonly repo: string
  readonly kind: string
  readonly dependency: string
  readonly source: { readonly type?: string; readonly url?: string; readonly chart?: string }
  readonly from: string
  readonly to: string
  readonly digests: readonly (readonly [string, string])[]
  readonly strict: boolean
  readonly naive: boolean
  readonly files: readonly string[]
  readonly lock_files: readonly string[]
  readonly before: Readonly<Record<string, string>>
  readonly after: Readonly<Record<string, string>>
  readonly context: Readonly<Record<string, string>>
  readonly edits: readonly { readonly file: string; readonly line: number; readonly role: string }[]
}

const unpacked = new Map<string, string>()

function unpack(archive: string): string {
  const known = unpacked.get(archive)
  if (known !== undefined) return known
  const folder = mkdtempSync(join(scratch, 'archive-'))
  execFileSync('tar', ['-xzf', archive, '-C', folder])
  unpacked.set(archive, folder)
  return folder
}

function blob({ repo }: Case, id: string): string {
  return readFileSync(join(unpack(join(REPLAY, `${repo.replace('/', '+')}.tar.gz`)), 'objects', id), 'utf8')
}

function readCases(): readonly Case[] {
  const lines = readFileSync(join(REPLAY, 'cases.jsonl'), 'utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line) as Case)
}

/** Addresses as people and formats write them come to one form: no scheme, no default registry, no path in a repository. */
function normal(url: string): string {
  return url
    .replace(/^git::/, '')
    .replace(/^[a-z]+:\/\//, '')
    .replace(/@sha256$/, '')
    .replace(/^docker\.io\/(?:library\/)?/, '')
    .replace(/^(?:www\.)?raw\.githubusercontent\.com\//, 'github.com/')
    .replace(/[?#].*$/, '')
    .replace(/\.git(?=\/|$).*$/, '')
    .replace(/^(github\.com\/[^/]+\/[^/]+).*$/, '$1')
    .replace(/\/+$/, '')
    .toLowerCase()
}

function isSource(wanted: Case['source'], { type, url }: Source): boolean {
  const found = normal(url ?? '')
  const address = normal(wanted.url ?? '')
  // The labels call a chart in an OCI registry `helm` where a Chart.yaml names it.
  const isType = type === wanted.type || (type === 'oci' && wanted.url?.startsWith('oci://'))
  return (
    isType === true &&
    [address, `${address}/${wanted.chart}`, `github.com/${address}`].some(one => normal(one) === found)
  )
}

function replay(one: Case) {
  const start = { ...one.context, ...one.before }
  const files = Object.entries(start).map(([path, id]): RepoFile => ({ path, blob: id, text: blob(one, id) }))
  const { pins } = detect({ commit: '', files, skipped: [] }, POLICY)
  const direct = bumpEdits({ pins, resources: [], skipped: [] }, { ...one, digests: new Map(one.digests), files: [] })
  const edits = [...direct, ...ownChartEdits(files, direct)]
  const edited = editFiles(files, edits)
  const changed = edited.ok ? edited.files : new Map<string, string>()
  const wanted = one.files.filter(file => one.after[file] !== one.before[file])
  const touched = [...changed].filter(([path, text]) => blobId(text) !== start[path]).map(([path]) => path)
  return {
    one,
    files,
    pins,
    edits,
    isExact:
      wanted.every(path => blobId(changed.get(path) ?? '') === one.after[path]) && touched.length === wanted.length,
    extra: touched.filter(path => !wanted.includes(path)),
  }
}

function onLine(pins: readonly Pin[], file: string, line: number): readonly Pin[] {
  return pins.filter(({ place, digest }) => [place, digest?.place].some(at => at?.file === file && at.line === line))
}

function share<T>(all: readonly T[], good: (item: T) => boolean): number {
  return (100 * all.filter(good).length) / Math.max(1, all.length)
}

describe.skipIf(!THERE)('real upgrades', () => {
  const replayed = THERE ? readCases().map(replay) : []
  const strict = replayed.filter(({ one }) => one.strict)

  test('of those that the version alone decides, at least 99 of 100 come out byte for byte as merged', () => {
    expect(strict.length).toBeGreaterThan(600)
    expect(share(strict, ({ isExact }) => isExact)).toBeGreaterThanOrEqual(99)
    const hard = strict.filter(({ one }) => !one.naive)
    expect(share(hard, ({ isExact }) => isExact)).toBeGreaterThanOrEqual(95)
  })

  test.each([...new Set(strict.map(({ one }) => one.kind))])('no kind is left behind: %s', kind => {
    const ofKind = strict.filter(({ one }) => one.kind === kind)
    expect(share(ofKind, ({ isExact }) => isExact)).toBeGreaterThanOrEqual(95)
  })

  test('no other file is ever edited', () => {
    expect(strict.flatMap(({ one, extra }) => extra.map(file => `${one.id} ${file}`))).toEqual([])
  })

  test('where the version alone does not decide, 85 of 100 come out all the same', () => {
    const rest = replayed.filter(({ one }) => !one.strict)
    expect(share(rest, ({ isExact }) => isExact)).toBeGreaterThanOrEqual(85)
  })

  test('the edited line is among the pins, and one of them has the source that the repository names', () => {
    const lines = strict.flatMap(({ one, pins }) =>
      one.edits
        .filter(({ role }) => role === 'version')
        .map(edit => ({ one, here: onLine(pins, edit.file, edit.line) })),
    )
    expect(share(lines, ({ here }) => here.length > 0)).toBeGreaterThanOrEqual(99)
    const labelled = ({ one }: { readonly one: Case }) => one.source.type !== undefined && one.source.url !== undefined
    const hasSource = (one: Case, here: readonly Pin[]) => here.some(({ source }) => isSource(one.source, source))
    const cases = strict.filter(labelled)
    const sourced = ({ one, pins }: (typeof cases)[number]) =>
      one.edits.some(({ file, line }) => hasSource(one, onLine(pins, file, line)))
    expect(share(cases, sourced)).toBeGreaterThanOrEqual(95)
    expect(share(lines.filter(labelled), ({ one, here }) => hasSource(one, here))).toBeGreaterThanOrEqual(95)
  })

  test('a Chart.lock follows as Helm would have written it, apart from its time stamp', () => {
    const locked = replayed.filter(({ one }) => one.lock_files.length > 0)
    const withoutTime = (text: string) => text.replace(/^generated:.*$/m, '')
    for (const { one, files, edits } of locked) {
      const path = one.lock_files[0] ?? ''
      const before = files.find(file => file.path === path)?.text ?? ''
      const after = applyEdits(
        before,
        lockEdits(files, edits).filter(({ place }) => place.file === path),
      )
      expect(withoutTime(after), one.id).toBe(withoutTime(blob(one, one.after[path] ?? '')))
    }
    expect(locked.length).toBeGreaterThan(10)
  })
})

/** What the peer extracts, as rows: manager, file, name, value, datasource, package, digest. */
type Row = readonly [string, string, string, string | null, string, (string | null)?, string?]

type Outcome = 'found' | 'no version' | 'template' | 'branch' | 'word' | 'missed'

/**
 * What becomes of a row. Those that are no pins: no version is written there (or only a range, which the peer then does not
 * repeat), a template gives it, a branch that moves by itself, or a word for a tag (`latest`, `placeholder`).
 */
function outcome([, file, , value, datasource, , digest]: Row, found: ReadonlySet<string>): Outcome {
  const written = value ?? ''
  if ([value, digest].some(text => text && found.has(`${file} ${text}`))) return 'found'
  if (written === '' && !digest) return 'no version'
  if (written.includes('{{')) return 'template'
  if (written === '' || /\d/.test(written)) return 'missed'
  return datasource.startsWith('git') ? 'branch' : 'word'
}

/** As docs/detection.md has it. */
const OUTCOMES: Readonly<Record<string, Partial<Record<Outcome, number>>>> = {
  'fluxcd+flux2-kustomize-helm-example': { found: 1, 'no version': 3 },
  'onedr0p+home-ops': { found: 131, 'no version': 2 },
  'redhat-appstudio+infra-deployments': { found: 1235, 'no version': 71, branch: 82, word: 47, template: 1 },
}

describe.skipIf(!THERE)('whole repositories', () => {
  const lists = THERE ? readdirSync(REPOS).filter(name => name.startsWith('renovate-extract-')) : []

  test.each(lists)('every version that the peer extracts is found with the same file: %s', list => {
    const repo = list.replace(/^renovate-extract-|\.json$/g, '')
    const root = unpack(join(REPOS, `${repo}.tar.gz`))
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter(path => /\.(?:ya?ml|tf|tfvars)$/.test(path))
      .map((path): RepoFile => ({ path, blob: path, text: readFileSync(join(root, path), 'utf8') }))
    const { pins } = detect({ commit: '', files, skipped: [] }, POLICY)
    const found = new Set(
      pins.flatMap(({ place, version, digest }) => [version, digest?.value].map(v => `${place.file} ${v}`)),
    )
    const { rows } = JSON.parse(readFileSync(join(REPOS, list), 'utf8')) as { rows: readonly Row[] }
    const wanted = rows.filter(row => row[4] !== 'kubernetes-api')
    const outcomes = Map.groupBy(wanted, row => outcome(row, found))
    expect(outcomes.get('missed') ?? []).toEqual([])
    expect(Object.fromEntries([...outcomes].map(([kind, all]) => [kind, all.length]))).toEqual(OUTCOMES[repo])
  })
})
