import { expect, test } from 'vitest'
import type { Edit, RepoFile } from '../src/model.ts'
import { editFiles } from '../src/plan/edit.ts'
import { makePlan, NO_ADVICE } from '../src/plan/index.ts'
import { ownChartEdits } from '../src/plan/own-chart.ts'
import { aPin, aPlan, aRelease } from './support/plans.ts'

function repository(files: Record<string, string>): readonly RepoFile[] {
  return Object.entries(files).map(([path, text]) => ({ path, blob: path, text }))
}

/** The one edit of a version where it stands in a file. */
function moving(files: Record<string, string>, file: string, from: string, to: string): Edit {
  const start = files[file]?.indexOf(from) ?? -1
  return { place: { file, line: 1, column: start + 1, start, end: start + from.length }, from, to }
}

/** The Chart.yaml files after the edit of one version, by path. */
function after(files: Record<string, string>, file: string, from: string, to: string): Record<string, string> {
  const tree = repository(files)
  const done = editFiles(tree, ownChartEdits(tree, [moving(files, file, from, to)]))
  expect(done).toMatchObject({ ok: true })
  return done.ok ? Object.fromEntries(done.files) : {}
}

function chart(version: string, appVersion: string): string {
  return `apiVersion: v2\nname: web\nversion: ${version} # raised by hand\nappVersion: ${appVersion}\n`
}

test.each([
  ['0.3.3', '"0.8.0"', 'v0.8.0', 'v0.8.3', '0.3.4', '"0.8.3"'],
  ['1.3.3', '1.2.3', 'v1.2.3', 'v1.3.1', '1.4.0', '1.3.1'],
  ["'0.17.1'", 'v0.17.0', '0.17.0', '1.0.0', "'1.0.0'", 'v1.0.0'],
  ['1.0.0-beta.2', '2.4.0', '2.4.0', '3.0.0', '1.0.0-beta.3', '3.0.0'],
  ['2.0.9', '"153-290e61"', '153-290e61', '153-cc4483', '2.0.10', '"153-cc4483"'],
  ['0.1', '1.2.3', '1.2.3', '1.2.4', '0.1', '1.2.4'],
  ['1.0.0+build.7', '1.2.3', '1.2.3', '1.2.4', '1.0.0+build.7', '1.2.4'],
])('chart %s of %s, whose image goes from %s to %s, becomes %s of %s', (was, app, from, to, version, appVersion) => {
  const files = { 'charts/web/Chart.yaml': chart(was, app), 'charts/web/values.yaml': `image: {tag: ${from}}\n` }
  expect(after(files, 'charts/web/values.yaml', from, to)).toEqual({
    'charts/web/Chart.yaml': chart(version, appVersion),
  })
})

test('a chart whose appVersion says something else keeps its version', () => {
  const files = { 'web/Chart.yaml': chart('0.1.0', '9.9.9'), 'web/values.yaml': 'tag: 1.2.3\n' }
  expect(after(files, 'web/values.yaml', '1.2.3', '1.2.4')).toEqual({})
})

test('a template and a dependency are parts of the chart; what merely lies below its folder is none', () => {
  const files = {
    'Chart.yaml': `${chart('0.1.0', '1.2.3')}dependencies: [{name: db, version: 1.2.3, repository: https://a.example}]\n`,
    'templates/web.yaml': 'image: web:1.2.3\n',
    'clusters/prod/web.yaml': 'image: web:1.2.3\n',
  }
  const raised = {
    'Chart.yaml': files['Chart.yaml'].replace('0.1.0', '0.1.1').replace('appVersion: 1.2.3', 'appVersion: 1.2.4'),
  }
  expect(after(files, 'templates/web.yaml', '1.2.3', '1.2.4')).toEqual(raised)
  expect(after(files, 'clusters/prod/web.yaml', '1.2.3', '1.2.4')).toEqual({})
})

test('the nearest chart is the one that is meant', () => {
  const files = {
    'web/Chart.yaml': chart('0.1.0', '1.2.3'),
    'web/charts/db/Chart.yaml': chart('5.0.0', '1.2.3'),
    'web/charts/db/values.yaml': 'tag: 1.2.3\n',
  }
  expect(after(files, 'web/charts/db/values.yaml', '1.2.3', '1.3.0')).toEqual({
    'web/charts/db/Chart.yaml': chart('5.1.0', '1.3.0'),
  })
})

test('what is edited already is left alone, and an unreadable Chart.yaml too', () => {
  const files = { 'web/Chart.yaml': chart('0.1.0', '1.2.3'), 'web/values.yaml': 'tag: 1.2.3\n' }
  const own = moving(files, 'web/Chart.yaml', '1.2.3', '1.2.4')
  const also = moving(files, 'web/values.yaml', '1.2.3', '1.2.4')
  expect(ownChartEdits(repository(files), [own, also]).map(({ from, to }) => [from, to])).toEqual([['0.1.0', '0.1.1']])
  const broken = { 'web/Chart.yaml': 'appVersion: [\n', 'web/values.yaml': 'tag: 1.2.3\n' }
  expect(after(broken, 'web/values.yaml', '1.2.3', '1.2.4')).toEqual({})
})

test.each([
  ['file://../web', '0.1.0', '0.1.0'],
  ['file://../web/', '~0.1.0', '0.1.1'],
  ['file://../web', '', '0.1.1'],
  ['https://charts.example.com', '0.1.0', '0.1.1'],
])('a chart that another asks for at %s in version "%s" comes to %s', (repository, asked, version) => {
  const dependency = `{name: web, version: "${asked}", repository: "${repository}"}`
  const files = {
    'charts/web/Chart.yaml': chart('0.1.0', '1.2.3'),
    'charts/web/values.yaml': 'tag: 1.2.3\n',
    'charts/all/Chart.yaml': `${chart('3.0.0', '9')}dependencies: [${dependency}]\n`,
  }
  expect(after(files, 'charts/web/values.yaml', '1.2.3', '1.2.4')).toEqual({
    'charts/web/Chart.yaml': chart(version, '1.2.4'),
  })
})

test('a subchart that its chart asks for at its version keeps it', () => {
  const files = {
    'web/Chart.yaml': `${chart('3.0.0', '9')}dependencies: [{name: db, version: 0.1.0}]\n`,
    'web/charts/db/Chart.yaml': chart('0.1.0', '1.2.3'),
    'web/charts/db/values.yaml': 'tag: 1.2.3\n',
  }
  expect(after(files, 'web/charts/db/values.yaml', '1.2.3', '1.2.4')).toEqual({
    'web/charts/db/Chart.yaml': chart('0.1.0', '1.2.4'),
  })
})

test('a plan writes the Chart.yaml in the same commit', () => {
  const files = { 'web/Chart.yaml': chart('0.1.0', '1.2.3'), 'web/values.yaml': 'tag: 1.2.3\n' }
  const { place } = moving(files, 'web/values.yaml', '1.2.3', '1.2.4')
  const plan = aPlan()
  const upgrade = { ...plan.upgrade, pins: [aPin('1.2.3', { place })], to: aRelease('1.2.4') }
  const planned = makePlan({
    ...plan,
    upgrade,
    files: repository(files),
    charts: [],
    digests: new Map(),
    drafts: [],
    moves: [],
    examples: [],
    advice: NO_ADVICE,
  })
  expect(planned).toMatchObject({ ok: true })
  expect(planned.ok && Object.fromEntries(planned.plan.files)).toEqual({
    'web/values.yaml': 'tag: 1.2.4\n',
    'web/Chart.yaml': chart('0.1.1', '1.2.4'),
  })
})
