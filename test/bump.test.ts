import { expect, test } from 'vitest'
import type { Bump } from '../src/choose/bump.ts'
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
