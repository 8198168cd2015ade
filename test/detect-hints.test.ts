import { describe, expect, test } from 'vitest'
import type { Detected } from '../src/model.ts'
import { detectText, expectRanges, notes, short } from './support/detected.ts'

function detectIn(file: string, ...lines: string[]): Detected {
  const files = { [file]: `${lines.join('\n')}\n` }
  const detected = detectText(files)
  expectRanges(files, detected)
  return detected
}

describe('a comment `# renovate:`', () => {
  const HINT = '# renovate: datasource=github-releases depName=example/tool'

  test.each([
    ['a YAML value', 'a.yaml', 'tool_version: v1.2.3', 2, 15],
    ['a quoted YAML value with a comment', 'a.yaml', 'tool: "v1.2.3" # keep', 2, 8],
    ['a list item', 'a.yaml', '- v1.2.3', 2, 3],
    ['an env file', 'versions.env', 'export TOOL_VERSION=v1.2.3', 2, 21],
    ['HCL', 'a.tfvars', 'tool = "v1.2.3"', 2, 9],
    ['a path', 'a.yaml', '!/tool/previous/v1.2.3/release.yaml', 2, 17],
    ['an image', 'a.yaml', 'run: example/tool:v1.2.3', 2, 19],
  ])('explains the version below it in %s', (_, file, line, at, column) => {
    expect(detectIn(file, HINT, line).pins.map(short)).toEqual([
      `tool v1.2.3 other github-releases https://github.com/example/tool ${file}:${at}:${column} null`,
    ])
  })

  test('is about the same version in every place of its line', () => {
    const url = '- https://example.com/v1.2.3/tool-v1.2.3.tar.gz?was=v1.0.0'
    const { pins } = detectIn('a.yaml', '# renovate: datasource=github-tags depName=example/tool', url)
    expect(pins.map(({ version, place }) => [version, place.column])).toEqual([
      ['v1.2.3', 23],
      ['v1.2.3', 35],
    ])
  })

  test('moves the digest behind a tag along', () => {
    const digest = `sha256:${'a'.repeat(64)}`
    const { pins } = detectIn('a.env', '# renovate: datasource=docker depName=nginx', `WEB=1.27.0@${digest}`)
    expect(pins).toMatchObject([
      { version: '1.27.0', digest: { value: digest }, source: { url: 'docker.io/library/nginx' } },
    ])
  })

  test('may stand behind the version, or above a key that has it further down', () => {
    expect(detectIn('a.yaml', `tool: v1.2.3 ${HINT}`).pins).toMatchObject([{ version: 'v1.2.3', place: { line: 1 } }])
    const deeper = detectIn('a.yaml', 'a:', `  ${HINT}`, '  ref:', '    tag: v1.2.3')
    expect(deeper.pins).toMatchObject([{ version: 'v1.2.3', place: { line: 4 } }])
    const outside = detectIn('a.yaml', 'a:', `  ${HINT}`, '  ref:', 'tag: v1.2.3')
    expect(outside.pins).toEqual([])
  })

  test('with nothing to explain is named; one without a datasource wants a version with dots', () => {
    expect(notes(detectIn('a.yaml', HINT, 'tool: latest'))).toEqual([
      'a.yaml:1 no version of example/tool follows this comment',
    ])
    expect(
      detectIn('a.yaml', '# renovate: depName="Node Exporter Full"', 'gnetId: 1860', 'revision: 31'),
    ).toMatchObject({
      pins: [],
      skipped: [],
    })
    expect(detectIn('a.yaml', '# renovate: depName=example/tool', 'x: /v1.2.3/x.yaml').pins).toMatchObject([
      { component: 'tool', aliases: ['example/tool'], source: { type: 'unknown' } },
    ])
  })

  test('is no hint when it is commented out, or when its version is filled in elsewhere', () => {
    expect(detectIn('a.yaml', `# ${HINT}`, '# tool: v1.2.3')).toMatchObject({ pins: [], skipped: [] })
    expect(detectIn('a.yaml', HINT, `tool: \${TOOL_1.2}`).pins).toEqual([])
  })

  test('beside a version that a format knows adds its names and leaves it one pin', () => {
    const { pins } = detectIn(
      'Chart.yaml',
      'apiVersion: v2',
      'name: own',
      'version: 0.1.0',
      'dependencies:',
      '  - name: app',
      '    repository: https://charts.example.com',
      '    # renovate: datasource=github-releases depName=example/app-chart',
      '    version: 1.2.3',
    )
    expect(pins).toMatchObject([
      {
        component: 'app',
        kind: 'chart-dependency',
        aliases: ['app-chart', 'example/app-chart'],
        source: { type: 'helm' },
      },
    ])
  })

  test('that knows no source leaves the component as the format has it', () => {
    const release = ['releases:', '  - chart: r/a', '    # renovate: depName=example/other', '    version: 1.2.3']
    const { pins } = detectIn('helmfile.yaml', ...release)
    expect(pins).toMatchObject([{ component: 'a', aliases: ['other', 'example/other', 'r/a'] }])
  })

  test.each([
    ['docker', 'ghcr.io/example/tool', 'docker', 'ghcr.io/example/tool'],
    ['github-tags', 'example/tool', 'github', 'https://github.com/example/tool'],
    ['git-tags', 'https://git.example.com/tool.git', 'git', 'https://git.example.com/tool.git'],
    ['helm registryUrl=https://charts.example.com', 'tool', 'helm', 'https://charts.example.com'],
    ['pypi', 'tool', 'unknown', null],
    ['github-releases', 'not-a-repository', 'unknown', null],
  ])('of datasource %s and name %s gives a source of type %s', (datasource, name, type, url) => {
    const { pins } = detectIn('a.env', `# renovate: datasource=${datasource} depName=${name}`, 'V=1.2.3')
    expect(pins).toMatchObject([{ source: { type, url } }])
  })
})

describe('a link behind a version', () => {
  test.each([
    ['v: 1.2.3 # https://github.com/example/tool', 'tool', 'github', 'https://github.com/example/tool'],
    ['v: 1.2.3 # https://github.com/example/tool/releases', 'tool', 'github', 'https://github.com/example/tool'],
    ['v: "1.2.3"  # https://hub.docker.com/_/redis/tags', 'redis', 'docker', 'docker.io/library/redis'],
    ['v: 1.2.3 # https://artifacthub.io/packages/helm/repo/app', 'app', 'unknown', null],
    [
      'ami: "ami-0b6c0945a681b0c9e" # https://github.com/example/images/ X86',
      'images',
      'github',
      'https://github.com/example/images',
    ],
  ])('says what it is of: %s', (line, component, type, url) => {
    expect(detectIn('a.yaml', line).pins).toMatchObject([{ component, source: { type, url } }])
  })

  function repository(name: string, url: string): string {
    return `apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: ${name}}\nspec: {url: "${url}"}\n`
  }

  test.each([
    ['repo', 'https://charts.example.com/repo', { type: 'helm', url: 'https://charts.example.com/repo', chart: 'app' }],
    ['app', 'oci://r.example.com/charts', { type: 'oci', url: 'oci://r.example.com/charts/app', chart: 'app' }],
    ['another', 'https://charts.example.com/another', { type: 'unknown' }],
  ])('to a page of Artifact Hub names a chart of the HelmRepository %s, or none', (name, url, source) => {
    const files = {
      'vars.yaml': 'v: 1.2.3 # https://artifacthub.io/packages/helm/repo/app\n',
      'sources/a.yaml': repository(name, url),
    }
    expect(detectText(files).pins).toMatchObject([{ component: 'app', source }])
  })

  test('to a page of Artifact Hub takes the repository called as the page says, and none of two', () => {
    const page = 'v: 1.2.3 # https://artifacthub.io/packages/helm/repo/app\n'
    const files = {
      'vars.yaml': page,
      'sources/a.yaml': repository('repo', 'https://a.example.com'),
      'sources/b.yaml': repository('app', 'https://b.example.com'),
    }
    expect(detectText(files).pins).toMatchObject([{ source: { type: 'helm', url: 'https://a.example.com' } }])
    const two = { ...files, 'sources/c.yaml': repository('repo', 'https://c.example.com') }
    expect(detectText(two).pins).toMatchObject([{ source: { type: 'unknown' } }])
  })

  test.each([
    'replicas: 3 # https://github.com/example/tool',
    'cpu: 0.5 # https://github.com/example/tool',
    'ip: 10.0.0.1 # https://github.com/example/tool',
    'v: 1.2.3 # https://github.com/example/tool/issues/12',
    'v: 1.2.3 # see https://github.com/example/tool',
  ])('says nothing: %s', line => {
    expect(detectIn('a.yaml', line).pins).toEqual([])
  })
})
