import { lstat, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Chart } from '../src/model.ts'
import { readArchive } from '../src/outside/registries/archive.ts'
import { rawFiles, readChart } from '../src/outside/registries/chart.ts'
import { writeFiles } from '../src/outside/registries/chart-write.ts'
import { makeArchive, makeChart, makeTar, paxHeader, type TarEntry } from './support/make-chart.ts'

const GOOD = { name: 'demo/Chart.yaml', body: 'name: demo\n' }

async function reason(tgz: Buffer): Promise<string> {
  const read = await readArchive(tgz)
  return read.ok ? 'accepted' : read.reason
}

async function chart(tgz: Buffer): Promise<Chart> {
  const read = await readChart(tgz)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

describe('an archive is read', () => {
  test('file by file, below its one root folder', async () => {
    const tgz = makeArchive([{ name: 'demo/', type: '5' }, GOOD, { name: 'demo/templates/a.yaml', body: 'a: 1\n' }])
    const read = await readArchive(tgz)
    expect(read.ok && read.value.root).toBe('demo')
    expect(read.ok && [...read.value.files].map(([path, bytes]) => [path, bytes.toString()])).toEqual([
      ['Chart.yaml', 'name: demo\n'],
      ['templates/a.yaml', 'a: 1\n'],
    ])
  })

  test('with long names, as pax and as GNU tar write them', async () => {
    const long = `demo/${'folder/'.repeat(20)}file.yaml`
    const gnu = [
      { name: '././@LongLink', type: 'L', body: `${long}\0` },
      { name: 'cut-off', body: 'gnu' },
    ]
    for (const entries of [[{ name: long, body: 'pax' }], gnu]) {
      const read = await readArchive(makeArchive([GOOD, ...entries]))
      expect(read.ok && [...read.value.files.keys()]).toEqual(['Chart.yaml', long.slice('demo/'.length)])
    }
  })

  test('with the comment that git archive puts before everything', async () => {
    expect(await reason(makeArchive([paxHeader({ comment: 'a commit' }, 'g'), GOOD]))).toBe('accepted')
  })

  test('when a file has exactly 5 MiB', async () => {
    expect(await reason(makeArchive([{ name: 'demo/big', body: Buffer.alloc(5 * 1024 * 1024) }]))).toBe('accepted')
  })
})

describe('an archive is refused, and the entry named, when it has', () => {
  const hostile: readonly (readonly [string, readonly TarEntry[], string])[] = [
    ['a parent segment', [{ name: 'demo/../../etc/passwd', body: 'x' }], '"demo/../../etc/passwd" leads out'],
    ['a parent segment in a long name', [paxHeader({ path: 'demo/../x' }), GOOD], '"demo/../x" leads out'],
    ['a parent segment as root', [{ name: '../demo/Chart.yaml' }], '"../demo/Chart.yaml" leads out'],
    ['an absolute path', [{ name: '/etc/passwd', body: 'x' }], '"/etc/passwd" is an absolute path'],
    ['a drive', [{ name: 'C:/windows', body: 'x' }], '"C:/windows" is an absolute path'],
    ['a backslash', [{ name: 'demo\\..\\x', body: 'x' }], 'has a backslash'],
    ['a symbolic link', [{ name: 'demo/link', type: '2', linkname: '/etc/passwd' }], '"demo/link" is a symbolic link'],
    ['a hard link', [{ name: 'demo/link', type: '1', linkname: 'demo/Chart.yaml' }], '"demo/link" is a hard link'],
    ['a long link', [{ name: 'demo/link', type: 'K', body: '/etc/passwd' }], 'is a long link'],
    ['a character device', [{ name: 'demo/null', type: '3' }], '"demo/null" is a character device'],
    ['a block device', [{ name: 'demo/disk', type: '4' }], '"demo/disk" is a block device'],
    ['a named pipe', [{ name: 'demo/pipe', type: '6' }], '"demo/pipe" is a named pipe'],
    ['a GNU sparse file', [{ name: 'demo/sparse', type: 'S' }], '"demo/sparse" is a sparse file'],
    ['a pax sparse file', [paxHeader({ 'GNU.sparse.major': '1' }), GOOD], 'sparse file'],
    ['an unknown type', [{ name: 'demo/odd', type: 'Z' }], '"demo/odd" is of an unknown type'],
    ['a file twice', [GOOD, GOOD], '"demo/Chart.yaml" is in it twice'],
    ['a file that is a folder', [GOOD, { name: 'demo/Chart.yaml/x' }], '"demo/Chart.yaml" is a file and a folder'],
    ['a folder that is a file', [{ name: 'demo/a/b' }, { name: 'demo/a' }], '"demo/a" is a file and a folder'],
    ['two roots', [GOOD, { name: 'other/x' }], '"other/x" is outside its one root folder "demo"'],
    ['a file as root', [{ name: 'Chart.yaml' }], '"Chart.yaml" stands outside of a root folder'],
    ['a dot segment', [{ name: './demo/Chart.yaml' }], 'has an empty or dot segment'],
    ['an empty segment', [{ name: 'demo//x' }], 'has an empty or dot segment'],
    ['no name', [{ name: '' }], 'has an empty or dot segment'],
    ['a line feed in a name', [{ name: 'demo/a\nb' }], 'has control characters'],
    ['a name that is not NFC', [{ name: 'demo/e\u0301' }], 'is not in Unicode form NFC'],
    ['a wrong checksum', [{ ...GOOD, checksum: 1 }], 'the header of "demo/Chart.yaml" has a wrong checksum'],
    [
      'a file above 5 MiB',
      [{ name: 'demo/big', body: Buffer.alloc(5 * 1024 * 1024 + 1) }],
      '"demo/big" has 5242881 bytes',
    ],
    ['a file that says to be huge', [{ name: 'demo/big', size: 8_000_000_000 }], '"demo/big" has 8000000000 bytes'],
    ['less content than it says', [{ name: 'demo/short', body: 'x', size: 4096 }], 'ends in the middle of an entry'],
    ['a global path', [paxHeader({ path: 'demo/x' }, 'g'), GOOD], 'a global header sets a path'],
    ['a broken pax header', [{ name: 'pax', type: 'x', body: '99 path=x\n' }, GOOD], 'extended header is malformed'],
    ['a folder with content', [{ name: 'demo/', type: '5', body: 'x' }], 'the folder "demo/" has content'],
    ['nothing', [], 'it is empty'],
  ]
  test.each(hostile)('%s', async (_, entries, why) => {
    expect(await reason(makeArchive(entries))).toContain(why)
  })

  test('more than 10,000 entries', async () => {
    const many = Array.from({ length: 10_001 }, (_, at) => ({ name: `demo/${at}` }))
    expect(await reason(makeArchive(many))).toContain('more than 10000 entries')
  })

  test('more than 100 MiB when unpacked', async () => {
    const megabytes = Array.from({ length: 21 }, (_, at) => ({
      name: `demo/${at}`,
      body: Buffer.alloc(5 * 1024 * 1024),
    }))
    const bomb = makeArchive(megabytes)
    expect(bomb.length).toBeLessThan(200_000)
    expect(await reason(bomb)).toContain('unpacks to more than the limit')
  })

  test('zeros without end behind its end', async () => {
    const bomb = gzipSync(Buffer.concat([makeTar([GOOD]), Buffer.alloc(101 * 1024 * 1024)]))
    expect(await reason(bomb)).toContain('unpacks to more than the limit')
  })

  test('a second archive behind its end', async () => {
    const second = gzipSync(Buffer.concat([makeTar([GOOD]), makeTar([{ name: 'demo/hidden' }])]))
    expect(await reason(second)).toContain('data after its end')
  })

  test('more than 10 MiB packed', async () => {
    expect(await reason(Buffer.alloc(10 * 1024 * 1024 + 1))).toContain('it has 10485761 bytes')
  })

  test('no gzip, or half of one', async () => {
    expect(await reason(Buffer.from('<html>not found</html>'))).toContain('no complete gzip file')
    expect(await reason(makeArchive([GOOD]).subarray(0, 60))).toContain('no complete gzip file')
  })
})

describe('a chart', () => {
  const CRD = (name: string) =>
    `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: ${name}\n`

  test('has its metadata, values, schema and files', async () => {
    const about = [
      'apiVersion: v2',
      'name: demo',
      'version: 1.2.3',
      'appVersion: "4.5"',
      'kubeVersion: ">=1.27.0-0"',
      'deprecated: true',
      'annotations: {category: tools}',
      'dependencies: [{name: common, version: 2.x, repository: "https://charts.example.com"}]',
    ].join('\n')
    const picture = Buffer.from([0x89, 0x50, 0xff, 0x00])
    const values = '# how many\nreplicas: 1\n'
    const schema = '{"type":"object"}'
    const files = { 'Chart.yaml': about, 'values.yaml': values, 'values.schema.json': schema, 'icon.png': picture }
    const read = await chart(makeChart({ name: 'demo', version: '1.2.3', files }))
    const { files: texts, digest, ...rest } = read
    expect(rest).toEqual({
      name: 'demo',
      version: '1.2.3',
      appVersion: '4.5',
      kubeVersion: '>=1.27.0-0',
      deprecated: true,
      annotations: { category: 'tools' },
      dependencies: [{ name: 'common', version: '2.x', repository: 'https://charts.example.com' }],
      values: { replicas: 1 },
      valuesText: values,
      schema: { type: 'object' },
      crds: [],
    })
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect([...texts.keys()]).toEqual(['Chart.yaml', 'values.yaml', 'values.schema.json'])
    expect(rawFiles(read).get('icon.png')).toEqual(picture)
  })

  test('brings the CRDs of its subcharts, unpacked or packed, and of theirs', async () => {
    const inner = makeChart({ name: 'inner', version: '1.0.0', files: { 'crds/c.yaml': CRD('c.example.com') } })
    const packed = makeChart({
      name: 'packed',
      version: '1.0.0',
      files: { 'crds/b.yaml': `${CRD('b.example.com')}---\n${CRD('b2.example.com')}`, 'charts/inner-1.0.0.tgz': inner },
    })
    const read = await chart(
      makeChart({
        name: 'demo',
        version: '1.0.0',
        files: {
          'crds/a.yaml': CRD('a.example.com'),
          'crds/README.md': 'not: a: crd',
          'templates/crd.yaml': CRD('template.example.com'),
          'charts/packed-1.0.0.tgz': packed,
          'charts/flat/crds/d.yaml': CRD('d.example.com'),
        },
      }),
    )
    expect(read.crds.map(crd => crd.metadata.name).toSorted()).toEqual([
      'a.example.com',
      'b.example.com',
      'b2.example.com',
      'c.example.com',
      'd.example.com',
    ])
  })

  test.each([
    ['a Chart.yaml', { 'Chart.yaml': 'name: [demo' }, 'Chart.yaml line'],
    ['values', { 'values.yaml': 'a: 1\nb: [\n' }, 'values.yaml line'],
    ['values that are no map', { 'values.yaml': '- a\n' }, 'values.yaml is not a map'],
    ['values with __proto__', { 'values.yaml': '__proto__: {polluted: yes}\n' }, '__proto__'],
    ['a schema', { 'values.schema.json': '{' }, 'values.schema.json is not valid JSON'],
    ['a CRD', { 'crds/a.yaml': 'a: 1\n---\nb: {\n' }, 'crds/a.yaml'],
    ['another name than its folder', { 'Chart.yaml': 'name: evil\nversion: 1.0.0\n' }, 'says the name is evil'],
    [
      'a nested archive',
      { 'charts/x.tgz': makeArchive([{ name: 'x/l', type: '2' }]) },
      'charts/x.tgz: archive refused',
    ],
  ])('with broken parts is refused: %s', async (_, files, why) => {
    const read = await readChart(makeChart({ name: 'demo', version: '1.0.0', files }))
    expect(read.ok ? 'accepted' : read.reason).toContain(why)
  })

  test('inside itself without end is refused', async () => {
    let nested = makeChart({ name: 'demo', version: '1.0.0' })
    for (let level = 0; level < 12; level++) {
      nested = makeChart({ name: 'demo', version: '1.0.0', files: { 'charts/demo.tgz': nested } })
    }
    const read = await readChart(nested)
    expect(read.ok ? 'accepted' : read.reason).toContain('levels deep')
  })

  test('shares one budget with the charts inside', async () => {
    const half = Array.from({ length: 11 }, (_, at) => [`files/${at}`, Buffer.alloc(5 * 1024 * 1024)] as const)
    const inner = makeChart({ name: 'inner', version: '1.0.0', files: Object.fromEntries(half) })
    const files = { ...Object.fromEntries(half), 'charts/inner.tgz': inner }
    const read = await readChart(makeChart({ name: 'demo', version: '1.0.0', files }))
    expect(read.ok ? 'accepted' : read.reason).toContain('unpacks to more than the limit')
  })
})

describe('writing a chart', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'windlass-test-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('unpacks every byte into a fresh folder', async () => {
    const binary = Buffer.from([0xff, 0xfe, 0x00])
    const read = await chart(makeChart({ name: 'demo', version: '1.0.0', files: { 'a/b.bin': binary } }))
    await writeFiles(rawFiles(read), join(folder, 'fresh'))
    expect(await readFile(join(folder, 'fresh/a/b.bin'))).toEqual(binary)
    expect((await lstat(join(folder, 'fresh/Chart.yaml'))).isFile()).toBe(true)
  })

  test('refuses a folder that is there already, also through a link', async () => {
    const files = rawFiles(await chart(makeChart({ name: 'demo', version: '1.0.0' })))
    await mkdir(join(folder, 'target'))
    await symlink(join(folder, 'target'), join(folder, 'link'))
    await expect(writeFiles(files, join(folder, 'target'))).rejects.toThrow('EEXIST')
    await expect(writeFiles(files, join(folder, 'link'))).rejects.toThrow('EEXIST')
  })

  test('refuses a chart whose paths no archive could have', async () => {
    const forged = new Map([['../outside', Buffer.from('x')]])
    await expect(writeFiles(forged, join(folder, 'forged'))).rejects.toThrow('leads out of the archive')
  })
})
