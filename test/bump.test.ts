import { expect, test } from 'vitest'
import { type Bump, bump } from '../src/choose/bump.ts'
import { detect } from '../src/detect/index.ts'
import { editFiles } from '../src/plan/edit.ts'
import { bumpEdits } from './support/bumped.ts'

const [one, two] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`]

const FILES: Record<string, string> = {
  'dev/kustomization.yaml': `images:
  - name: nginx
    newTag: 1.27.1
  - name: registry.example.com/team/app
    newTag: 1.27.1
  - name: registry.example.com/team/pinned
    newTag: v1
    digest: ${one}
  - name: registry.example.com/team/bare
    digest: ${one}
`,
  'prod/kustomization.yaml': 'images: [{name: nginx, newTag: "1.27.1"}]\n',
  'prod/app.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  source: {repoURL: https://charts.example.com/stable, chart: nginx, targetRevision: 1.27.0}
  destination: {namespace: web}
`,
}

function bumped(asked: Partial<Bump>): Record<string, string> {
  const files = Object.entries(FILES).map(([path, text]) => ({ path, blob: path, text }))
  const detected = detect({ commit: 'c', files, skipped: [] }, { environments: [], ignorePaths: [] })
  const nothing: Bump = { dependency: '', from: '', to: '', digests: new Map(), files: [] }
  const done = editFiles(files, bumpEdits(detected, { ...nothing, ...asked }))
  expect(done).toMatchObject({ ok: true })
  return done.ok ? Object.fromEntries(done.files) : {}
}

const bothNginx = {
  'dev/kustomization.yaml': FILES['dev/kustomization.yaml']?.replace('1.27.1', '1.27.2'),
  'prod/kustomization.yaml': FILES['prod/kustomization.yaml']?.replace('1.27.1', '1.27.2'),
}

test.each(['nginx', 'docker.io/library/nginx'])(
  '%s moves where it stands at the version, and nothing else that stands at it does',
  dependency => {
    expect(bumped({ dependency, from: '1.27.1', to: '1.27.2' })).toEqual(bothNginx)
  },
)

test('a chart is found by its name and by its repository, with and without the scheme', () => {
  const moved = { 'prod/app.yaml': FILES['prod/app.yaml']?.replace('1.27.0', '1.28.0') }
  for (const dependency of [
    'nginx',
    'https://charts.example.com/stable',
    'charts.example.com/stable',
    'https://charts.example.com/stable/',
  ])
    expect(bumped({ dependency, from: '1.27.0', to: '1.28.0' })).toEqual(moved)
})

test('only the named files are touched', () => {
  expect(bumped({ dependency: 'nginx', from: '1.27.1', to: '1.27.2', files: ['prod/kustomization.yaml'] })).toEqual({
    'prod/kustomization.yaml': bothNginx['prod/kustomization.yaml'],
  })
})

test('a digest beside the version moves with it', () => {
  const text = FILES['dev/kustomization.yaml'] ?? ''
  expect(
    bumped({ dependency: 'registry.example.com/team/pinned', from: 'v1', to: 'v2', digests: new Map([[one, two]]) }),
  ).toEqual({
    'dev/kustomization.yaml': text.replace('newTag: v1', 'newTag: v2').replace(one, two),
  })
})

test('a digest alone can move, with the tag beside it left as it is', () => {
  const text = FILES['dev/kustomization.yaml'] ?? ''
  const last = text.lastIndexOf(one)
  expect(bumped({ dependency: 'registry.example.com/team/pinned', from: one, to: two })).toEqual({
    'dev/kustomization.yaml': text.replace(one, two),
  })
  expect(bumped({ dependency: 'registry.example.com/team/bare', from: one, to: two })).toEqual({
    'dev/kustomization.yaml': text.slice(0, last) + two + text.slice(last + one.length),
  })
})

test('a version that does not stand anywhere changes nothing', () => {
  expect(bumped({ dependency: 'nginx', from: '9.9.9', to: '1.0.0' })).toEqual({})
  expect(bumped({ dependency: 'unknown', from: '1.27.1', to: '1.0.0' })).toEqual({})
})

/** What moves when the dependency does, and why, as `file version why`. */
function together(files: Record<string, string>, asked: Pick<Bump, 'dependency' | 'from' | 'to'>): readonly string[] {
  const tree = Object.entries(files).map(([path, text]) => ({ path, blob: path, text }))
  const detected = detect({ commit: 'c', files: tree, skipped: [] }, { environments: [], ignorePaths: [] })
  return bump(detected, { ...asked, digests: new Map(), files: [] }).map(
    ({ pin: { place }, to, why }) => `${place.file}:${place.line} ${to} ${why}`,
  )
}

const VALUES = `images: [ghcr.io/team/store/api:1.4.2, ghcr.io/team/store/worker:1.4.2, ghcr.io/team/other/api:1.4.2]
old: {image: ghcr.io/team/store/web:1.4.1}
`

test('images of one project move together, from the same version on and no further', () => {
  expect(
    together({ 'a/values.yaml': VALUES }, { dependency: 'ghcr.io/team/store/api', from: '1.4.2', to: '1.5.0' }),
  ).toEqual(['a/values.yaml:1 1.5.0 asked', 'a/values.yaml:1 1.5.0 images'])
})

test('images below a folder of many publishers move alone', () => {
  const text = VALUES.replaceAll('team/store', 'team/mirror')
  expect(
    together({ 'a/values.yaml': text }, { dependency: 'ghcr.io/team/mirror/api', from: '1.4.2', to: '1.5.0' }),
  ).toEqual(['a/values.yaml:1 1.5.0 asked'])
})

test('of the images of one owner only those move together that one name begins, in one file', () => {
  const text =
    'a: {image: team/store:v2.0.1}\nb: {image: team/store-ui:v2.0.1}\nc: {image: team/clock:v2.0.1}\nd: {image: team/storefront:v2.0.1}\n'
  const asked = { dependency: 'team/store', from: 'v2.0.1', to: 'v2.1.0' }
  expect(together({ 'values.yaml': text, 'b/values.yaml': 'image: team/store-ui:v2.0.1\n' }, asked)).toEqual([
    'values.yaml:1 v2.1.0 asked',
    'values.yaml:2 v2.1.0 images',
  ])
})

test('images that name no owner move together in one file when they have a word in common', () => {
  const text =
    'a: {image: sensor-controller, tag: v0.8.1}\nb: {image: gateway-controller, tag: v0.8.1}\nc: {image: clock, tag: v0.8.1}\n'
  expect(together({ 'values.yaml': text }, { dependency: 'sensor-controller', from: 'v0.8.1', to: 'v0.9.0' })).toEqual([
    'values.yaml:1 v0.9.0 asked',
    'values.yaml:2 v0.9.0 images',
  ])
})

test('an image set to the ref of a remote resource moves with it, and with what moves with that', () => {
  const files = {
    'apps/snapshot/kustomization.yaml': `kind: Kustomization
resources:
- github.com/example-csi/snapshotter//deploy?ref=v5.0.1
images: [{name: registry.example.com/staging/controller, newTag: v5.0.1}]
`,
    'crds/snapshot/kustomization.yaml': `kind: Kustomization
resources:
- github.com/example-csi/snapshotter//crds?ref=v5.0.1
`,
    'apps/clock/kustomization.yaml': `kind: Kustomization
resources:
- github.com/example/clock//deploy?ref=v5.0.1
`,
  }
  const asked = { dependency: 'registry.example.com/staging/controller', from: 'v5.0.1', to: 'v6.0.0' }
  expect(together(files, asked)).toEqual([
    'apps/snapshot/kustomization.yaml:3 v6.0.0 override',
    'apps/snapshot/kustomization.yaml:4 v6.0.0 asked',
    'crds/snapshot/kustomization.yaml:3 v6.0.0 publisher',
  ])
})

function application(chart: string, version: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${chart}}
spec:
  source: {repoURL: https://charts.example.com/mesh, chart: ${chart}, targetRevision: ${version}}
  destination: {namespace: mesh}
`
}

test('charts move together when all charts of their repository stand at the same versions', () => {
  const files = { 'dev/a.yaml': application('pilot', '1.26.2'), 'dev/b.yaml': application('gateway', '1.26.2') }
  const asked = { dependency: 'pilot', from: '1.26.2', to: '1.26.3' }
  expect(together(files, asked)).toEqual(['dev/a.yaml:5 1.26.3 asked', 'dev/b.yaml:5 1.26.3 charts'])
  const apart = { ...files, 'dev/c.yaml': application('console', '2.0.0') }
  expect(together(apart, asked)).toEqual(['dev/a.yaml:5 1.26.3 asked'])
})

test('whatever stands at the commit that is asked for moves', () => {
  const [old, next] = ['1'.repeat(40), '2'.repeat(40)]
  const files = {
    'kustomization.yaml': `kind: Kustomization
resources: ["github.com/example/one//deploy?ref=${old}"]
images: [{name: quay.io/elsewhere/two, newTag: ${old}}]
`,
  }
  expect(together(files, { dependency: 'quay.io/elsewhere/two', from: old, to: next })).toEqual([
    `kustomization.yaml:2 ${next} commit`,
    `kustomization.yaml:3 ${next} asked`,
  ])
})
