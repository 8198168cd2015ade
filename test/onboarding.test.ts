import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { DEFAULT_POLICY, readPolicy } from '../src/config.ts'
import { type Newcomer, ONBOARDING_BRANCH, onboard } from '../src/decide/onboard.ts'
import type { Tree } from '../src/model.ts'
import { welcome } from '../src/report/onboarding.ts'
import { aMemory, aPin, aPlan, aProposal, current, planned } from './support/plans.ts'

const TREE: Tree = { commit: 'c'.repeat(40), files: [], skipped: [] }
const file = (path: string) => ({ path, blob: path, text: '' })

function aNewcomer(more: Partial<Newcomer> = {}): Newcomer {
  return {
    tree: TREE,
    woken: new Set(['installation']),
    proposals: [],
    foreign: new Set(),
    detected: { pins: [aPin('1.0.0'), aPin('1.0.0', { environment: 'prod' })] },
    outcomes: [{ ...current(), environment: 'prod' }, planned()],
    problems: [],
    policy: DEFAULT_POLICY,
    ...more,
  }
}

describe('the pull request that adds a policy file', () => {
  test('is opened where we were just installed', () => {
    const [action, ...more] = onboard(aNewcomer(), welcome)
    expect(more).toEqual([])
    expect(action).toMatchObject({
      do: 'open',
      pullRequest: { title: 'Configure Windlass', branch: 'windlass/configure', into: null },
      commit: { message: 'Configure Windlass', base: 'c'.repeat(40) },
      memory: { kind: 'onboarding', component: '', inputs: expect.stringMatching(/^[0-9a-f]{32}$/) },
    })
    const files = action?.do === 'open' ? action.commit.files : new Map()
    expect([...files]).toEqual([['.github/windlass.yaml', welcome.policyFile(['dev', 'prod'])]])
  })

  test('and where the repository was added to the installation', () => {
    expect(onboard(aNewcomer({ woken: new Set(['installation_repositories', 'push']) }), welcome)).toHaveLength(1)
  })

  test.each<[string, Partial<Newcomer>]>([
    ['after a push', { woken: new Set(['push']) }],
    ['after a sweep', { woken: new Set(['sweep']) }],
    ['where nothing was found', { detected: { pins: [] } }],
    ['where there is a policy file', { tree: { ...TREE, files: [file('.github/windlass.yaml')] } }],
    ['where there is one in the other place', { tree: { ...TREE, files: [file('windlass.yaml')] } }],
    ['where its branch is somebody else’s', { foreign: new Set([ONBOARDING_BRANCH]) }],
    ...(['open', 'closed', 'merged'] as const).map((state): [string, Partial<Newcomer>] => [
      `where we asked already: ${state}`,
      { proposals: [aProposal({ branch: ONBOARDING_BRANCH, state, memory: aMemory({ kind: 'onboarding' }) })] },
    ]),
  ])('is not opened %s', (_, more) => {
    expect(onboard(aNewcomer(more), welcome)).toEqual([])
  })
})

describe('the policy file that it adds', () => {
  const text = welcome.policyFile(['dev', 'pre-prod', 'prod'])

  test('is nothing but comments: merging it changes nothing', () => {
    expect(text.split('\n').filter(line => line !== '' && !line.startsWith('#'))).toEqual([])
    expect(readPolicy('.github/windlass.yaml', text)).toEqual({ ok: true, policy: DEFAULT_POLICY, warnings: [] })
  })

  test('says what holds: with the `#` gone from its keys it is valid, and only environments and the examples are new', () => {
    const read = readPolicy('.github/windlass.yaml', text.replace(/^#(?! )/gm, '').replace(/^# {2}/gm, '  '))
    expect(read).toMatchObject({ ok: true, warnings: [] })
    if (!read.ok) return
    const { environments, ignorePaths, rules, ...rest } = read.policy
    expect(environments.map(({ name, paths }) => ({ name, paths }))).toEqual([
      { name: 'dev', paths: ['**/dev/**'] },
      { name: 'pre-prod', paths: ['**/pre-prod/**'] },
      { name: 'prod', paths: ['**/prod/**'] },
    ])
    expect(ignorePaths).toEqual(['**/examples/**'])
    expect(rules).toHaveLength(1)
    const { environments: _e, ignorePaths: _i, rules: _r, ...defaults } = DEFAULT_POLICY
    expect(rest).toEqual(defaults)
  })

  test('names of folders that are no names of environments are left out', () => {
    const hostile = ['dev', 'a"}]\nenabled: false', '-x', 'prod:', '$(x)']
    expect(welcome.policyFile(hostile)).toBe(welcome.policyFile(['dev']))
  })

  test('without environments it shows how they are written', () => {
    const uncommented = welcome.policyFile([]).replace(/^#(?! [A-Z])/gm, '')
    expect(parse(uncommented).environments).toEqual([{ name: 'dev' }])
  })
})

describe('its text', () => {
  const look = { ...aNewcomer(), environments: ['dev', 'prod'] }

  test('says what was found, what to expect, in which order and how many, and how to refuse', () => {
    const body = welcome.body({ ...look, problems: [{ file: 'a.yaml', line: 2, reason: 'not valid YAML' }] })
    expect(body).toContain('### What was found: 1 component in 2 environments')
    expect(body).toContain('| **dev** | beacon | `flux-helmrelease` |\n| **prod** | beacon | `flux-helmrelease` |')
    expect(body).toContain('- 1 upgrade can be proposed now; 1 place up to date.')
    expect(body).toContain('  - **beacon** in **dev** `1.0.0` → `1.1.0`')
    expect(body).toContain('**dev** → **prod**')
    expect(body).toContain('- Pull requests: at most 2 in an hour, and at most 10 may be open at a time.')
    expect(body).toContain('- `a.yaml:2` not valid YAML')
    expect(body).toContain('Close this pull request if you need no such file')
    expect(body).toContain('merging it changes nothing')
  })

  test('without limits, order and problems it says so or is silent', () => {
    const policy = { ...DEFAULT_POLICY, prHourlyLimit: 0, prConcurrentLimit: 0, dashboard: false }
    const body = welcome.body({ ...look, policy, environments: [] })
    expect(body).toContain('- Pull requests: any number in an hour, and any number may be open at a time.')
    expect(body).toContain('No order of environments was recognised')
    expect(body).not.toContain('could not be read')
    expect(body).not.toContain('dashboard, says')
  })

  test('a great repository fits, and hostile names do nothing', () => {
    const pins = Array.from({ length: 3_000 }, (_, i) =>
      aPin('1.0.0', { component: `c${i} @all`, environment: `e${i % 900} <b>` }),
    )
    const outcomes = Array.from({ length: 900 }, (_, i) => planned(aPlan({ branch: `b${i}` })))
    const problems = Array.from({ length: 900 }, (_, i) => ({ file: `f${i}`, line: 1, reason: '<b>'.repeat(50) }))
    const body = welcome.body({ ...look, detected: { pins }, outcomes, problems })
    expect(body.length).toBeLessThan(40_000)
    expect(body).not.toContain('@all')
    expect(body).not.toContain('<b>')
    expect(body.match(/… and \d+ more/g)?.length).toBe(3)
  })
})
