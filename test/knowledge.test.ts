import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SemVer } from 'semver'
import { expect, test } from 'vitest'
import { knownTool, readTool, tools } from '../src/knowledge/index.ts'
import type { Source } from '../src/model.ts'
import { unsupported } from '../src/walk/across.ts'

const ROOT = join(import.meta.dirname, '..')
const FOLDER = join(ROOT, 'src/knowledge')
const FILES = readdirSync(FOLDER).filter(name => name.endsWith('.yaml'))

test.each(FILES)('%s is as the schema says', file => {
  expect(readTool(file, readFileSync(join(FOLDER, file), 'utf8')).name).not.toBe('')
})

test('every file is one tool, and no two tools claim one artefact', () => {
  expect(tools()).toHaveLength(FILES.length)
  expect(new Set(tools().map(({ name }) => name)).size).toBe(FILES.length)
  const addresses = tools().flatMap(({ artefacts }) => artefacts.map(({ address }) => address))
  expect(addresses.filter((address, i) => addresses.indexOf(address) !== i)).toEqual([])
})

test('a tool that is needed first is a tool that is known', () => {
  const names = new Set(tools().map(({ name }) => name))
  const needed = tools().flatMap(({ needs }) => needs.map(({ tool }) => tool))
  expect(needed.filter(name => !names.has(name))).toEqual([])
})

test.each([
  ['a misspelt key', 'name: Kiln\nstopps: []\n', 'Unrecognized key'],
  [
    'a range that is none',
    'name: Kiln\nstops: [{ through: often, why: x, source: "https://e.com" }]\n',
    'not a semver range',
  ],
  ['a statement without a source', 'name: Kiln\ntodo: [{ entering: ">=1.0.0", say: x }]\n', 'todo.0.source'],
  [
    'a source that is no address',
    'name: Kiln\ntodo: [{ entering: ">=1.0.0", say: x, source: hearsay }]\n',
    'todo.0.source',
  ],
  ['text that is no YAML', 'name: [', 'kiln.yaml:'],
])('%s is refused with its name', (_, text, reason) => {
  expect(() => readTool('kiln.yaml', text)).toThrow(reason)
  expect(() => readTool('kiln.yaml', text)).toThrow('kiln.yaml')
})

const helm = (url: string, chart: string): Source => ({ type: 'helm', url, chart })

test.each<[string, Source, string | null]>([
  ['a chart by its name', helm('https://mirror.example.com/charts', 'cilium'), 'Cilium'],
  [
    'a chart in a registry',
    { type: 'oci', url: 'oci://public.ecr.aws/karpenter/karpenter', chart: 'karpenter' },
    'Karpenter',
  ],
  [
    'the CRD chart beside it',
    { type: 'oci', url: 'oci://public.ecr.aws/karpenter/karpenter-crd', chart: 'karpenter-crd' },
    'Karpenter CRDs',
  ],
  ['the tags of its repository', { type: 'github', url: 'https://github.com/fluxcd/flux2', chart: null }, 'Flux'],
  ['a clone of its repository', { type: 'git', url: 'https://github.com/fluxcd/flux2', chart: null }, 'Flux'],
  ['another chart whose name ends alike', helm('https://charts.example.com', 'my-cilium'), null],
  ['an image of the same name', { type: 'docker', url: 'example.com/cilium', chart: null }, null],
  ['a source that nobody knows', { type: 'unknown', url: null, chart: 'cilium', reason: 'x' }, null],
])('%s is recognised', (_, source, name) => {
  expect(knownTool(source)?.tool.name ?? null).toBe(name)
})

test('a chart may count by itself, and the tags of the repository count the app', () => {
  const chart = helm('https://fluxcd-community.github.io/helm-charts', 'flux2')
  expect(knownTool(chart)?.version).toBe('own')
  expect(knownTool({ type: 'git', url: 'https://github.com/fluxcd/flux2', chart: null })?.version).toBe('app')
})

/** Words of a language or of Kubernetes, and names of engines and formats that the product is about. */
const GENERIC = new Set(['flux', 'flux2', 'argo-cd', 'argo cd', 'gateway-api', 'gateway api', 'base'])

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap(entry => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return path === FOLDER ? [] : sources(path)
    return [path]
  })
}

test('no code outside src/knowledge/ knows a tool by name', () => {
  const names = tools().flatMap(({ name, artefacts, groups }) => [
    name,
    ...artefacts.map(({ address }) => address.split('/').at(-1) ?? address),
    ...groups.filter(group => !group.endsWith('.fluxcd.io') && group !== 'argoproj.io'),
  ])
  const told = [...new Set(names.map(name => name.toLowerCase()))].filter(name => !GENERIC.has(name))
  const found = sources(join(ROOT, 'src')).flatMap(path => {
    // What a comment gives as an example decides nothing.
    const code = readFileSync(path, 'utf8')
      .replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
      .toLowerCase()
    return told
      .filter(name => new RegExp(`(?<![\\w-])${name.replaceAll(/[.+]/g, '\\$&')}(?![\\w-])`).test(code))
      .map(name => `${path.slice(ROOT.length)}: ${name}`)
  })
  expect(found).toEqual([])
})

test('clusters outside of what the maintainers support are told, with the place where they say it', () => {
  const tool = readTool(
    'kiln.yaml',
    'name: Kiln\nkubernetes: [{ at: ">=2.0.0 <3.0.0", range: ">=1.32.0 <1.35.0", source: "https://kiln.example.com/matrix" }]\n',
  )
  const moving = (to: string) => [
    { known: { tool, version: 'own' as const }, from: null, to: new SemVer(to), agrees: true },
  ]
  const told = (to: string, cluster: string | null) =>
    unsupported(moving(to), cluster).map(fact =>
      fact.kind === 'kube-unsupported' ? `${fact.range} ${fact.cluster}` : '',
    )
  expect(told('2.1.0', '1.31.4-eks-2d5f260')).toEqual(['>=1.32.0 <1.35.0 1.31.4'])
  expect(told('2.1.0', '1.36')).toEqual(['>=1.32.0 <1.35.0 1.36.0'])
  expect([told('2.1.0', '1.34.2'), told('3.0.0', '1.31.0'), told('2.1.0', null), told('2.1.0', 'new')]).toEqual([
    [],
    [],
    [],
    [],
  ])
})
