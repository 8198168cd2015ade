import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { componentPolicy, DEFAULT_POLICY, policyJsonSchema, policyOf, problemLine, readPolicy } from '../src/config.ts'
import type { RepoFile } from '../src/model.ts'
import { parseDuration } from '../src/text/duration.ts'

const FILE = '.github/windlass.yaml'
const HOUR = 3_600_000

const file = (path: string, text: string): RepoFile => ({ path, text, blob: '' })

function policy(text: string) {
  const read = readPolicy(FILE, text)
  if (!read.ok) throw new Error(read.problems.map(problemLine).join('\n'))
  return read.policy
}

function problems(text: string): string[] {
  const read = readPolicy(FILE, text)
  return read.ok ? [] : read.problems.map(problemLine)
}

function warnings(text: string): string[] {
  const read = readPolicy(FILE, text)
  return read.ok ? read.warnings.map(problemLine) : ['not valid']
}

const EVERYTHING = `# yaml-language-server: $schema=…/windlass.schema.json
environments:
  - { name: dev,     paths: [clusters/dev/**] }
  - { name: staging, paths: [clusters/staging/**], requiredSoakTime: 24h, kubernetes: "1.34" }
  - { name: prod,    paths: [clusters/prod/**],    requiredSoakTime: 72h, approval: ["@platform/leads"], window: "Mon-Thu 09:00-15:00 Europe/Berlin" }
minimumReleaseAge: 3 days
prHourlyLimit: 2
rules:
  - { match: { risk: low }, automerge: true }
  - { match: { component: cilium }, mode: agent, reviewers: ["@platform/network"] }
  - { match: { component: "grafana*" }, groupName: observability, schedule: "before 6am on monday" }
`

describe('a valid policy', () => {
  test('an empty file, and one of comments only, are the defaults', () => {
    expect(policy('')).toEqual(DEFAULT_POLICY)
    expect(policy('# nothing yet\n')).toEqual(DEFAULT_POLICY)
    expect(DEFAULT_POLICY).toMatchObject({ enabled: true, prConcurrentLimit: 10, prHourlyLimit: 2, environments: [] })
  })

  test('the example of the documentation is read without an error', () => {
    const read = policy(EVERYTHING)
    expect(read.environments.map(({ name }) => name)).toEqual(['dev', 'staging', 'prod'])
    expect(read.environments[1]).toEqual({
      name: 'staging',
      paths: ['clusters/staging/**'],
      kubernetes: '1.34',
      requiredSoakTime: 24 * HOUR,
      approval: [],
      window: null,
      branch: null,
      cluster: null,
      health: [],
    })
    expect(read.environments[2]?.approval).toEqual(['platform/leads'])
    expect(read.defaults.minimumReleaseAge).toBe(72 * HOUR)
  })

  test('every example of docs/config.md is valid', () => {
    const docs = readFileSync(new URL('../docs/config.md', import.meta.url), 'utf8')
    const examples = [...docs.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)
    expect(examples.length).toBeGreaterThan(3)
    expect(examples.flatMap(problems)).toEqual([])
  })

  test('environments stand in the order of the list, or in the order they give', () => {
    expect(policy('environments: [{name: prod, order: 2}, {name: dev, order: 1}]').environments).toMatchObject([
      { name: 'dev', paths: ['**/dev/**'] },
      { name: 'prod' },
    ])
  })

  test('an environment on another branch claims no files of the default branch; one with a cluster those of either name', () => {
    const read = policy('environments: [{name: dev, branch: env/dev}, {name: prod, cluster: eu-1}]')
    expect(read.environments.map(({ paths }) => paths)).toEqual([[], ['**/prod/**', '**/eu-1/**']])
  })

  test('the committed JSON Schema is what the code checks with', () => {
    const committed = JSON.parse(readFileSync(new URL('../schemas/windlass.schema.json', import.meta.url), 'utf8'))
    expect(committed, 'run: node scripts/schemas.ts').toEqual(JSON.parse(JSON.stringify(policyJsonSchema())))
  })
})

describe('what applies to one pin', () => {
  const pin = {
    component: 'grafana-agent',
    environment: 'prod',
    kind: 'flux-helmrelease',
    source: { type: 'helm', url: 'https://charts.example.com/grafana', chart: 'grafana-agent' },
  } as const

  test('later rules win, key by key', () => {
    const read = policy(
      `
labels: [deps]
rules:
  - { match: { component: "grafana*" }, minimumReleaseAge: 1 week, allowedVersions: <2.0.0 }
  - { match: { environment: [staging, prod], kind: flux-helmrelease }, minimumReleaseAge: 2d, reviewers: "@octocat" }
  - { match: { source: "https://other.example.com/**" }, enabled: false }
`.replace('"@octocat"', '["@octocat"]'),
    )
    expect(componentPolicy(read, pin)).toEqual({
      enabled: true,
      groupName: null,
      allowedVersions: '<2.0.0',
      ignoreVersions: [],
      prereleases: false,
      minimumReleaseAge: 48 * HOUR,
      labels: ['deps'],
      reviewers: ['octocat'],
      schedule: [],
      timezone: 'UTC',
    })
  })

  test('a rule needs every pattern to match, and one by environment or source says nothing of a pin without', () => {
    const read = policy(`
rules:
  - { match: { component: "grafana*", environment: dev }, enabled: false }
  - { match: { environment: "*" }, prereleases: true }
  - { match: { source: "**" }, labels: [sourced] }
`)
    expect(componentPolicy(read, pin)).toMatchObject({ enabled: true, prereleases: true, labels: ['sourced'] })
    const source = { type: 'unknown', url: null, chart: null, reason: 'no source' } as const
    expect(componentPolicy(read, { ...pin, environment: null, source })).toEqual(DEFAULT_POLICY.defaults)
  })

  test('a rule by kind is for pins of that kind alone', () => {
    const read = policy('rules: [{ match: { kind: [kustomize-image, chart-dependency] }, enabled: false }]')
    expect(componentPolicy(read, pin).enabled).toBe(true)
    expect(componentPolicy(read, { ...pin, kind: 'kustomize-image' }).enabled).toBe(false)
  })

  test('a source is matched by its address, across slashes only with **', () => {
    const read = policy('rules: [{ match: { source: "https://*.example.com/**" }, enabled: false }]')
    expect(componentPolicy(read, pin).enabled).toBe(false)
  })
})

describe('errors', () => {
  test('an unknown key is named with its line and column, and the key that was meant', () => {
    const text =
      'environments:\n  - name: dev\n  - name: staging\n    paths:\n      - clusters/staging/**\n    kubernetes: "1.34"\n    requiredSoaktime: 24h\n'
    expect(problems(text)).toEqual([
      '.github/windlass.yaml:7:5 unknown key `requiredSoaktime`. Did you mean `requiredSoakTime`?',
    ])
  })

  test('all errors come at once, in the order of the file', () => {
    const text = [
      'minimumReleaseAge: 3',
      'prHourlyLimit: two',
      'prConcurrentLimit: -1',
      'enabled: yes',
      'labels:',
      'environments:',
      '  - name: dev',
      '    kubernetes: 1.30',
      '    requiredSoakTime: 24 hrs',
      '  - paths: x/**',
      '    branch: env/x',
      '  - name: dev',
      'rules:',
      '  - match: {}',
      '  - enabled: false',
      '  - match: { risk: [low, hgih], kind: helm }',
      '  - 5',
    ].join('\n')
    expect(problems(text).map(line => line.replace('.github/windlass.yaml:', '').replace(/ Write for.*/, ''))).toEqual([
      '1:1 `minimumReleaseAge` must be text, not `3`.',
      '2:1 `prHourlyLimit` must be a number, not `two`.',
      '3:1 `prConcurrentLimit` must be 0 or more, not `-1`.',
      '4:1 `enabled` must be `true` or `false`, not `yes`.',
      '5:1 `labels` must be a list, but nothing stands there.',
      '8:5 `environments[0].kubernetes` must be text in quotes, because without them 1.30 is the number 1.3, not `1.3`.',
      '9:5 `environments[0].requiredSoakTime` must be a length of time with a unit: `30m`, `24h`, `3 days`, `1 week`, not `24 hrs`.',
      '10:5 `environments[1].name` is missing.',
      '11:5 `environments[1].branch` must be left out: `paths` already says where this environment is.',
      '12:5 `environments[2].name` must be used once: environments[0] has it already.',
      '14:5 `rules[0].match` must be given at least one pattern: what is meant for everything stands at the top level.',
      '15:5 `rules[1].match` is missing.',
      '16:26 `rules[2].match.risk[1]` must be one of `low`, `medium`, `high`, `critical`, not `hgih`. Did you mean `high`?',
      '16:33 `rules[2].match.kind` must be one of `argocd-application`, `argocd-applicationset`, `flux-helmrelease`, `flux-ocirepository`, `flux-gitrepository`, `kustomize-helmcharts`, `kustomize-image`, `kustomize-remote-resource`, `chart-dependency`, `helmfile`, `terraform-helm-release`, `helm-values-image`, `raw-manifest-image`, `kubernetes-version`, `other`, not `helm`.',
      '17:5 `rules[3]` must be a map of keys and values, not `5`.',
    ])
  })

  test('each tells what to write', () => {
    expect(problems('minimumReleaseAge: 3')[0]).toContain('Write for example `minimumReleaseAge: 3 days`.')
    expect(problems('mode: agents')[0]).toContain('Did you mean `agent`?')
    expect(problems('foo: 1')[0]).toContain('Known here: `extends`, `ignorePaths`, `enabled`')
    expect(problems('environments: [{name: a, order: 1}, {name: b}]')[0]).toContain('an `order` in every entry')
    expect(problems('reviewers: ["a b"]')[0]).toContain('a GitHub user (`octocat`)')
    expect(problems('commands: { merge: write }')[0]).toContain('unknown key `merge`. Known here: `help`, `status`')
  })

  test('a model credential in the file is refused, never shown, and the reader learns where it belongs', () => {
    const text = 'llm:\n  apiKey: sk-very-secret\n  baseURL: https://evil.example.com\n'
    expect(problems(text)).toHaveLength(2)
    expect(problems(text)[0]).toMatch(/:2:3 unknown key `apiKey`\. .*`OPENAI_API_KEY`.*never from a repository/)
    expect(problems('llm: sk-very-secret')).toHaveLength(1)
    expect([...problems(text), ...problems('llm: sk-very-secret')].join('')).not.toContain('sk-very')
  })

  test('a regular expression that could run for ever is refused, a harmless one is not', () => {
    const regex = (text: string) => problems(`allowedVersions: '${text}'`)
    for (const bad of [
      '/(a+)+$/',
      '/(a|a)*$/',
      '/(x+x+){2,}y/',
      '/^(?=a)/',
      '/(.)\\1/',
      '/.*.*.*.*.*x/',
      '/[/',
      '//',
      '/a',
    ])
      expect(regex(bad), bad).toHaveLength(1)
    for (const good of ['/^1\\.2[0-9]\\./', '/^v?\\d+\\.\\d+\\.\\d+(-alpine)?$/', '<2 || >=3.1', '1.x'])
      expect(regex(good), good).toEqual([])
  })

  test('a list of wrong entries names the entry', () => {
    expect(problems('labels:\n  - good\n  - 7\n')).toEqual([
      '.github/windlass.yaml:3:5 `labels[1]` must be text, not `7`.',
    ])
    expect(problems('ignorePaths: []')[0]).toContain('`ignorePaths` must be longer: it is empty')
  })
})

describe('hostile and broken files', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...[...'bcdefghij'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefghi'[i]}`)}]`),
  ]

  test.each([
    ['an alias bomb', bomb.join('\n'), /:\d+:\d+ more than 100 aliases are followed/],
    ['an alias in itself', 'rules: &a [*a]', /:1:\d+ more than 30 levels deep/],
    ['many entries', `a: &a [${'x,'.repeat(3000)}]\nb: [*a, *a, *a, *a]`, /more than 10000 entries/],
    ['deep nesting', '['.repeat(60_000), /:1:\d+ not valid YAML: nested too deeply/],
    ['a huge file', '#'.repeat(70_000), /:1:1 the file has 70000 characters/],
    ['a polluting key', '__proto__: { polluted: true }', /:1:1 the key `__proto__` is not allowed/],
    ['a key that every object has', 'constructor: 1', /:1:1 unknown key `constructor`/],
    ['a tag', 'labels: !evil [a]', /:1:9 not valid YAML: Unresolved tag/],
    ['two keys of one name', 'enabled: true\nenabled: false', /:2:1 not valid YAML: Map keys must be unique/],
    ['a key that is a list', '? [a]\n: b', /:1:3 a key must be text/],
    ['two documents', 'enabled: true\n---\nenabled: false', /:2:1 more than one YAML document/],
    ['an open bracket', 'labels: [a\nenabled: true', /:\d:\d+ not valid YAML/],
    ['a list', '- enabled', /:1:1 `the policy` must be a map/],
  ])('%s is one error with a place', (_, text, message) => {
    const found = problems(text)
    expect(found[0]).toMatch(message)
    expect(found.length).toBeLessThanOrEqual(20)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  test('text of the file cannot break out of the sentence', () => {
    expect(problems('"a`\\n\\n@octocat <img>": 1')[0]).toContain('unknown key ``a` @octocat <img>``')
  })
})

describe('what this version does not act on is said', () => {
  test('each such key of the example is a warning with its line', () => {
    expect(warnings(EVERYTHING).map(line => line.split(' is read')[0])).toEqual([
      '.github/windlass.yaml:9 `automerge`',
      '.github/windlass.yaml:10 `mode`',
      '.github/windlass.yaml:11 `groupName`',
    ])
    expect(warnings('automerge: true')).toEqual([
      '.github/windlass.yaml:1 `automerge` is read, but this version does not act on it yet: nothing is merged automatically',
    ])
  })

  test('every other key of the vocabulary is one too', () => {
    const text = `
extends: [a]
llm: { model: m, budget: 5 }
environments:
  - { name: dev, branch: b, metrics: [y] }
`
    expect(warnings(text)).toHaveLength(4)
  })

  test('a key that asks for what happens anyway needs no warning', () => {
    expect(warnings('automerge: false\nmode: workflow\nllm: { enabled: true }')).toEqual([])
  })

  test('a rule by risk is left out, and that is said', () => {
    const text = 'rules:\n  - match: { risk: high }\n    labels: [careful]\n'
    expect(policy(text).rules).toEqual([])
    expect(warnings(text)).toEqual([expect.stringMatching(/:2 `match.risk` is read, .*the rule is left out/)])
  })
})

describe('which file is the policy', () => {
  test('the first that exists, and the second is said to be unread', () => {
    const both = policyOf([file('windlass.yaml', 'enabled: false'), file(FILE, 'prHourlyLimit: 7')])
    expect(both).toMatchObject({ file: FILE, read: { ok: true, policy: { enabled: true, prHourlyLimit: 7 } } })
    expect(both.read.ok && both.read.warnings.map(problemLine)).toEqual([
      'windlass.yaml:1 this file is not read, because `.github/windlass.yaml` exists',
    ])
    expect(policyOf([file('windlass.yaml', 'enabled: false')]).read).toMatchObject({
      ok: true,
      policy: { enabled: false },
    })
  })

  test('none is the defaults; one of another name is an error, not the defaults', () => {
    expect(policyOf([file('README.md', '')])).toEqual({
      file: null,
      read: { ok: true, policy: DEFAULT_POLICY, warnings: [] },
    })
    expect(policyOf([file('.github/windlass.yml', 'enabled: false')]).read).toMatchObject({ ok: false })
  })

  test('a broken first file does not make the second one count', () => {
    expect(policyOf([file(FILE, 'enabled: ['), file('windlass.yaml', '')]).read.ok).toBe(false)
  })
})

describe('lengths of time', () => {
  test.each([
    ['3 days', 3 * 24 * HOUR],
    ['1 day', 24 * HOUR],
    ['24h', 24 * HOUR],
    ['1 week', 7 * 24 * HOUR],
    ['30m', HOUR / 2],
    ['15 min', HOUR / 4],
    ['1h30m', 1.5 * HOUR],
    ['1.5 hours', 1.5 * HOUR],
    ['2 weeks 3 days', 17 * 24 * HOUR],
    ['0s', 0],
  ])('%s', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds))

  test('none in a very long text that nearly is one', () => expect(parseDuration(`${'1h'.repeat(40_000)}x`)).toBeNull())

  test.each(['', '3', 'days', '3 fortnights', '-1h', '1e3 days', '3  days', '3 days '])('none in %j', text =>
    expect(parseDuration(text)).toBeNull(),
  )
})
