import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { bump } from '../src/choose/bump.ts'
import { countedVersion } from '../src/choose/index.ts'
import type { Comparison } from '../src/compare/index.ts'
import { detect } from '../src/detect/index.ts'
import { knownTool } from '../src/knowledge/index.ts'
import type { RepoFile, Value } from '../src/model.ts'
import { tagged } from '../src/outside/registries/listed.ts'
import { applyEdits, edits as editsOf } from '../src/plan/edit.ts'
import { migrate } from '../src/plan/migrate.ts'
import { splitDocuments } from '../src/text/documents.ts'
import { readYaml } from '../src/text/yaml.ts'
import { draftsFor, type Moving } from '../src/walk/across.ts'

/**
 * How much of what people changed besides the version would have been proposed: `node scripts/hard-cases.ts FOLDER` prints a table
 * for docs/migrations.md. FOLDER holds hard-cases.jsonl and the archives of real upgrades. Charts are not at hand there, so
 * this shows what is known of tools; a result that the CRDs could not confirm counts as proposed, because it is shown as an example.
 */
const [folder] = process.argv.slice(2)
if (folder === undefined || !existsSync(join(folder, 'hard-cases.jsonl'))) {
  console.error('usage: node scripts/hard-cases.ts FOLDER (with hard-cases.jsonl)')
  process.exit(2)
}

type Case = {
  readonly id: string
  readonly repo: string
  readonly dependency: string
  readonly from: string
  readonly to: string
  readonly operator: boolean
  readonly confidence: string
  readonly changes: readonly string[]
  readonly files: readonly string[]
  readonly before: Readonly<Record<string, string>>
  readonly after: Readonly<Record<string, string>>
  readonly content_in_store: boolean
}

const scratch = mkdtempSync(join(tmpdir(), 'windlass-hard-'))
const unpacked = new Set<string>()

function blob(repo: string, id: string): string {
  const dir = join(scratch, repo.replace('/', '+'))
  if (!unpacked.has(repo)) {
    execFileSync('mkdir', ['-p', dir])
    execFileSync('tar', ['-xzf', join(folder ?? '', `${repo.replace('/', '+')}.tar.gz`), '-C', dir])
    unpacked.add(repo)
  }
  return readFileSync(join(dir, 'objects', id), 'utf8')
}

function filesOf(one: Case, side: 'before' | 'after'): RepoFile[] {
  return Object.entries(one[side]).map(([path, id]) => ({ path, blob: id, text: blob(one.repo, id) }))
}

function values(text: string): Value[] {
  return splitDocuments(text).map(chunk => {
    const read = readYaml(chunk.text)
    return read.ok ? read.value : chunk.text
  })
}

/** The lines that a person took away or wrote, beside the version. */
function changedLines(from: string, to: string): string[] {
  const [a, b] = [from, to].map(text => text.split('\n').map(line => line.trim()))
  const [old, next] = [new Set(a), new Set(b)]
  return [
    ...(a ?? []).filter(line => !next.has(line)).map(line => `-${line}`),
    ...(b ?? []).filter(line => !old.has(line)).map(line => `+${line}`),
  ]
}

type Grade = 'exact' | 'equivalent' | 'partly' | 'not'

function grade(one: Case): { readonly grade: Grade; readonly apiLines: readonly [number, number] } {
  const files = filesOf(one, 'before')
  const detected = detect({ commit: '', files, skipped: [] }, { environments: [], ignorePaths: [] })
  const asked = { dependency: one.dependency, from: one.from, to: one.to, digests: new Map(), files: [] }
  const moves = bump(detected, asked)
  const edits = editsOf(moves, asked.digests)
  const bumped = new Map(
    files.map(({ path, text }) => [
      path,
      applyEdits(
        text,
        edits.filter(({ place }) => place.file === path),
      ),
    ]),
  )
  const [move] = moves
  const pin = move?.pin
  const merged = new Map(filesOf(one, 'after').map(({ path, text }) => [path, text]))
  const proposed = new Map(bumped)
  if (pin && pin.source.type !== 'unknown') {
    const known = knownTool(pin.source)
    const [start, goal] = [one.from, one.to].map(
      version => known && countedVersion({ version, appVersion: null }, known),
    )
    const moving: Moving[] = known ? [{ known, from: start ?? null, to: goal ?? null, agrees: true }] : []
    const missing = { ok: false, reason: 'not at hand', retry: false } as const
    const release = tagged(one.to)
    const comparison: Comparison = {
      upgrade: {
        component: pin.component,
        environment: null,
        source: pin.source,
        pins: [pin],
        from: one.from,
        to: release,
      },
      before: missing,
      after: missing,
      installs: pin.installs,
      followers: [],
      resources: detected.resources,
      kubernetes: null,
      notes: [],
    }
    const drafts = draftsFor(comparison, [], moving, files).map(draft => ({ ...draft, mechanical: true }))
    for (const [path, text] of migrate(files, bumped, drafts, [], []).files) proposed.set(path, text)
  }
  const extra = [...merged].filter(([path, text]) => bumped.get(path) !== text)
  const wanted = extra.flatMap(([path, text]) =>
    changedLines(bumped.get(path) ?? '', text).map(line => `${path} ${line}`),
  )
  const ours = [...proposed].flatMap(([path, text]) =>
    changedLines(bumped.get(path) ?? '', text).map(line => `${path} ${line}`),
  )
  const hit = wanted.filter(line => ours.includes(line))
  const api = wanted.filter(line => / \+-? ?apiVersion:/.test(line))
  const apiLines = [api.filter(line => ours.includes(line)).length, api.length] as const
  const isExact = extra.every(([path, text]) => proposed.get(path) === text)
  const isSame = extra.every(([path, text]) => isDeepStrictEqual(values(proposed.get(path) ?? ''), values(text)))
  return { grade: isExact ? 'exact' : isSame ? 'equivalent' : hit.length > 0 ? 'partly' : 'not', apiLines }
}

const rows = readFileSync(join(folder, 'hard-cases.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Case)
  .filter(one => one.operator && one.confidence === 'strong')
const graded = rows.map(one => ({
  one,
  ...(one.content_in_store ? grade(one) : { grade: 'no content' as const, apiLines: [0, 0] as const }),
}))
rmSync(scratch, { recursive: true, force: true })

const kinds = ['api-migration', 'values-or-spec-change', 'crd-update', 'file-added', 'file-removed']
const grades = ['exact', 'equivalent', 'partly', 'not', 'no content'] as const
console.log(`| kind of change | cases | ${grades.join(' | ')} |`)
console.log(`|---|---|${grades.map(() => '---').join('|')}|`)
for (const kind of kinds) {
  const own = graded.filter(({ one }) => one.changes.includes(kind))
  const counts = grades.map(name => own.filter(each => each.grade === name).length)
  console.log(`| ${kind} | ${own.length} | ${counts.join(' | ')} |`)
}
const api = graded.filter(({ one }) => one.changes.includes('api-migration'))
const [hits, all] = api.reduce(([a, b], { apiLines: [x, y] }) => [a + x, b + y], [0, 0])
console.log(`\nLines with an apiVersion that people changed: ${hits} of ${all} proposed.\n`)
for (const { one, grade: name, apiLines } of api)
  console.log(
    `- ${one.repo} ${one.dependency} ${one.from} -> ${one.to}: ${name}, ${apiLines[0]} of ${apiLines[1]} apiVersions`,
  )
