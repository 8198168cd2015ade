import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { detect } from '../src/detect/index.ts'
import type { Tree } from '../src/model.ts'
import { readLocalTree } from '../src/outside/local/local-tree.ts'
import { readCommittedTree } from '../src/outside/local/world-local.ts'
import { makeCheckout } from './support/checkout.ts'

const GOOD = 1000
const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: odd\n'

/** A Deployment whose image has this version. */
function good(version: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  template:
    spec:
      containers:
        - name: app
          image: ghcr.io/acme/app:${version}
`
}

/** Files that cannot be read: where, and why. */
const BAD: readonly (readonly [file: string, content: string | Uint8Array, line: number | null, reason: RegExp])[] = [
  ['alias', `${HEAD}data:\n  a: *nothing\n`, 6, /^not valid YAML: unidentified alias "nothing"$/],
  ['aliases', `${HEAD}data:\n  a: &a x\n  all:\n${'    - *a\n'.repeat(10_000)}`, 1008, /more than 1000 aliases$/],
  ['latin1', Buffer.from(`${HEAD}data:\n  a: caf\u00e9\n`, 'latin1'), 6, /^is not UTF-8 text: not read$/],
  [
    'utf16',
    Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(good('1.0.0'), 'utf16le')]),
    null,
    /^is UTF-16 text, not UTF-8: not read$/,
  ],
  [
    'utf16be',
    Buffer.concat([Buffer.of(0xfe, 0xff), Buffer.from(good('1.0.0'), 'utf16le').swap16()]),
    null,
    /^is UTF-16 text, not UTF-8: not read$/,
  ],
  ['null', `${HEAD}data:\n  a: "x\0y"\n`, 6, /^not valid YAML: null byte/],
  ['deep-list', `${HEAD}data: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`, 1, /nested deeper than 100 levels$/],
  ['deep-map', `${HEAD}data: ${'{a: '.repeat(100_000)}\n`, 1, /nested deeper than 100 levels$/],
  ['deep-dashes', `${HEAD}data:\n  ${'- '.repeat(100_000)}a\n`, 1, /nested deeper than 100 levels$/],
  [
    'bomb',
    `${HEAD}data:\n  a: &a [${'x,'.repeat(9)}]\n${[...'bcdefghi']
      .map((name, i) => `  ${name}: &${name} [${`*${'abcdefgh'[i]},`.repeat(9)}]\n`)
      .join('')}`,
    1,
    /its aliases come to \d+ values, more than 100000$/,
  ],
  ['large', `${HEAD}data: {a: "${'x'.repeat(5 * 1024 * 1024)}"}\n`, null, /bytes, more than 5242880: not read$/],
]

/** Files that look odd and are read like others, with their pins. */
const FINE: readonly (readonly [file: string, content: string, versions: readonly string[]])[] = [
  ['crlf', good('2.0.1').replaceAll('\n', '\r\n'), ['2.0.1']],
  ['mark', `\uFEFF${good('2.0.2')}`, ['2.0.2']],
  ['long-line', `${HEAD}data: {a: "${'x'.repeat(4_000_000)}"}\n---\n${good('2.0.3')}`, ['2.0.3']],
  ['many-colons', `${HEAD}data:\n  a: "${'a: '.repeat(500_000)}"\n---\n${good('2.0.4')}`, ['2.0.4']],
  ['empty', '', []],
]

const checkout = makeCheckout({
  ...Object.fromEntries(Array.from({ length: GOOD }, (_, i) => [`good/${i}.yaml`, good(`1.${i}.0`)])),
  ...Object.fromEntries([...BAD, ...FINE].map(([name, content]) => [`odd/${name}.yaml`, content])),
  'odd/folder.yaml/inside.yaml': good('2.0.5'),
})
afterAll(() => checkout.remove())
const odd = (name: string) => join(checkout.root, 'odd', name)

function check(tree: Tree, more: readonly { file: string; line: number | null; reason: unknown }[]) {
  const { pins, skipped } = detect(tree, { environments: [], ignorePaths: [] })
  const versions = (folder: string) =>
    pins.filter(({ place }) => place.file.startsWith(folder)).map(({ version }) => version)
  expect(versions('good/').sort()).toEqual(Array.from({ length: GOOD }, (_, i) => `1.${i}.0`).sort())
  expect(versions('odd/').sort()).toEqual([...FINE.flatMap(([, , found]) => found), '2.0.5'])
  const named = [
    ...BAD.map(([name, , line, reason]) => ({ file: `odd/${name}.yaml`, line, reason: expect.stringMatching(reason) })),
    ...more,
  ]
  const byFile = (a: { file: string }, b: { file: string }) => (a.file < b.file ? -1 : 1)
  expect(skipped.toSorted(byFile)).toEqual(named.toSorted(byFile))
}

describe('a file that cannot be read costs itself, and is named', () => {
  test('in a commit', async () => {
    check(await readCommittedTree(checkout.root), [])
  })

  test('in a working tree, where there can be worse', async () => {
    checkout.write('odd/gigabyte.yaml', '')
    truncateSync(odd('gigabyte.yaml'), 2 ** 30)
    symlinkSync('loop.yaml', odd('loop.yaml'))
    symlinkSync('second.yaml', odd('first.yaml'))
    symlinkSync('first.yaml', odd('second.yaml'))
    symlinkSync('.', odd('itself'))
    mkdirSync(odd('nothing.yaml'))
    execFileSync('mkfifo', [odd('pipe.yaml')])
    const size = /^has 1073741824 bytes, more than 5242880: not read$/
    const worse = [{ file: 'odd/gigabyte.yaml', line: null, reason: expect.stringMatching(size) }]
    check(await readLocalTree(checkout.root, ''), worse)
  })
})
