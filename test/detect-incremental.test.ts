import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { detect } from '../src/detect/index.ts'
import type { Detected, Pin, RepoFile } from '../src/model.ts'
import { readLocalTree } from '../src/outside/local/local-tree.ts'
import { readLayout } from './support/detected.ts'

const NONE = { environments: [], ignorePaths: [] }
const LAYOUTS = readdirSync(join(import.meta.dirname, '../manifests-fixtures/repos'))
const ARCHIVES = join(import.meta.dirname, '../../shared/repos')
const scratch = mkdtempSync(join(tmpdir(), 'windlass-incremental-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function tree(files: readonly RepoFile[]) {
  return { commit: 'c0ffee', files, skipped: [] }
}

/** The same files as other objects: nothing that was found out about the first ones is known of these. */
function afresh(files: readonly RepoFile[]): RepoFile[] {
  return files.map(({ path, blob, text }) => ({ path, blob, text }))
}

/** One change to a repository; the numbers choose where, as far as there are files. */
type Edit = { readonly kind: (typeof KINDS)[number]; readonly a: number; readonly b: number }
const KINDS = [
  'comment',
  'version',
  'namespace',
  'name',
  'url',
  'swap',
  'remove',
  'copy',
  'move',
  'break',
  'empty',
] as const
const edits = fc.array(
  fc.record({ kind: fc.constantFrom(...KINDS), a: fc.nat({ max: 1e6 }), b: fc.nat({ max: 1e6 }) }),
  { minLength: 1, maxLength: 5 },
)

function retold(file: RepoFile, kind: Edit['kind'], n: number): string {
  const { text } = file
  switch (kind) {
    case 'comment':
      return `${text}\n# ${n}\n`
    case 'version':
      return text.replace(/\d+\.\d+\.\d+/, `${n % 9}.${n % 7}.${n % 5}`)
    case 'namespace':
      return text.replace(/^( *)namespace: .*$/m, `$1namespace: n${n % 3}`)
    case 'name':
      return text.replace(/^( *)name: .*$/m, `$1name: n${n % 3}`)
    case 'url':
      return text.replace(/https:\/\/[\w./-]+/, `https://charts${n % 3}.example.com`)
    case 'break':
      return `${text}\n---\nkind: HelmRelease\napiVersion: [\n`
    default:
      return ''
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

function edited(files: readonly RepoFile[], { kind, a, b }: Edit): readonly RepoFile[] {
  const [one, other] = [files[a % files.length], files[b % files.length]]
  if (!one || !other) return files
  const without = files.filter(file => file !== one)
  const beside = { ...one, path: `${folderOf(other.path)}moved-${a % 5}.yaml` }
  const all =
    kind === 'remove'
      ? without
      : kind === 'copy' || kind === 'move'
        ? [...(kind === 'move' ? without : files), beside]
        : kind === 'swap'
          ? files.map(file =>
              file === one ? { ...one, text: other.text } : file === other ? { ...other, text: one.text } : file,
            )
          : files.map(file => (file === one ? { ...one, text: retold(one, kind, b) } : file))
  const byPath = new Map(all.map(file => [file.path, file]))
  return [...byPath.values()].sort((x, y) => (x.path < y.path ? -1 : 1))
}

function whole({ pins, resources, skipped }: Detected) {
  const lines = (pin: Pin) =>
    pin.installs.map(({ values }) => values.map(layer => (layer.kind === 'values' ? [...layer.lines] : null)))
  const told = resources.map(({ lineOf, ...rest }) => ({ ...rest, lines: [lineOf(['kind']), lineOf(['spec'])] }))
  return { pins: pins.map(pin => ({ ...pin, lines: lines(pin) })), resources: told, skipped }
}

/** Bodies are read from the text when somebody looks: for thousands of them that would be all that is measured. */
function headsOf({ pins, resources, skipped }: Detected) {
  return { pins, resources: resources.map(({ body: _, lineOf: __, ...head }) => head), skipped }
}

function compareAfter(
  files: readonly RepoFile[],
  pushes: readonly (readonly Edit[])[],
  shown: (all: Detected) => unknown,
) {
  detect(tree(files), NONE)
  let now = files
  for (const push of pushes) {
    now = push.reduce(edited, now)
    expect(shown(detect(tree(now), NONE))).toEqual(shown(detect(tree(afresh(now)), NONE)))
  }
}

describe('detection after any pushes says what detection from scratch says', () => {
  test.each(LAYOUTS)('%s', layout => {
    const all = Object.entries(readLayout(layout)).map(([path, text]): RepoFile => ({ path, blob: '', text }))
    all.sort((x, y) => (x.path < y.path ? -1 : 1))
    fc.assert(
      fc.property(fc.array(edits, { minLength: 1, maxLength: 4 }), pushes => {
        compareAfter(afresh(all), pushes, whole)
      }),
      { numRuns: 40 },
    )
  })

  test('all layouts in one repository', () => {
    const all = LAYOUTS.flatMap(layout =>
      Object.entries(readLayout(layout)).map(
        ([path, text]): RepoFile => ({ path: `${layout}/${path}`, blob: '', text }),
      ),
    )
    all.sort((x, y) => (x.path < y.path ? -1 : 1))
    fc.assert(
      fc.property(fc.array(edits, { minLength: 1, maxLength: 6 }), pushes => {
        compareAfter(afresh(all), pushes, whole)
      }),
      { numRuns: 40 },
    )
  })

  const archives = existsSync(ARCHIVES) ? readdirSync(ARCHIVES).filter(name => name.endsWith('.tar.gz')) : []
  test.skipIf(archives.length === 0).each(archives)('%s', async archive => {
    const folder = mkdtempSync(join(scratch, 'archive-'))
    execFileSync('tar', ['-xzf', join(ARCHIVES, archive), '-C', folder])
    const { files } = await readLocalTree(folder, '')
    const pushes = fc.sample(edits, { seed: 7, numRuns: files.length > 1000 ? 6 : 15 })
    compareAfter(afresh(files), pushes, headsOf)
  })
})

describe('what a push may touch far away', () => {
  const RELEASE = (chart: string) => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: app, namespace: apps }
spec:
  chart:
    spec:
      chart: ${chart}
      version: 1.2.3
      sourceRef: { kind: HelmRepository, name: charts, namespace: apps }
  valuesFrom: [{ kind: ConfigMap, name: app-values }]
`
  const REPOSITORY = (url: string) => `apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: { name: charts, namespace: apps }
spec: { url: ${url} }
`
  const KUSTOMIZATION = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n'
  const GENERATOR = 'configMapGenerator: [{ name: app-values, files: [values.yaml=app-values.yaml] }]\nresources: []\n'
  const file = (path: string, text: string): RepoFile => ({ path, blob: text, text })
  const all = [
    file('a/app-values.yaml', 'replicas: 1\n'),
    file('a/kustomization.yaml', `${KUSTOMIZATION}namespace: apps\n${GENERATOR}`),
    file('a/release.yaml', RELEASE('app')),
    file('z/repository.yaml', REPOSITORY('https://charts.example.com')),
  ]
  const pushed = (path: string, text: string) => {
    const files = afresh(all)
    detect(tree(files), NONE)
    const next = files.map(one => (one.path === path ? file(path, text) : one))
    return detect(tree(next), NONE).pins
  }

  test('the repository of a release', () => {
    const [pin] = pushed('z/repository.yaml', REPOSITORY('https://other.example.com'))
    expect(pin?.source.url).toBe('https://other.example.com')
  })

  test('the values of a release, in a file that holds no pin', () => {
    const [pin] = pushed('a/app-values.yaml', 'replicas: 2\n')
    expect(pin?.installs[0]?.values[0]).toMatchObject({ kind: 'values', tree: { replicas: 2 } })
  })

  test('values that come into being only now', () => {
    const files = afresh(all).filter(({ path }) => path !== 'a/app-values.yaml')
    expect(detect(tree(files), NONE).pins[0]?.installs[0]?.values[0]?.kind).toBe('missing')
    const next = [file('a/app-values.yaml', 'replicas: 3\n'), ...files]
    expect(detect(tree(next), NONE).pins[0]?.installs[0]?.values[0]).toMatchObject({ tree: { replicas: 3 } })
  })

  test('a policy that names other environments', () => {
    const files = afresh(all)
    expect(detect(tree(files), NONE).pins[0]?.environment).toBe(null)
    const environment = {
      name: 'lab',
      paths: ['a/**'],
      kubernetes: null,
      requiredSoakTime: 0,
      approval: [],
      window: null,
      branch: null,
      cluster: null,
      health: [],
    }
    expect(detect(tree(files), { ...NONE, environments: [environment] }).pins[0]?.environment).toBe('lab')
    expect(detect(tree(files), { ...NONE, ignorePaths: ['a/**'] }).pins).toEqual([])
  })
})
