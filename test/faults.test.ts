import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { createGitHub, DEFAULT_BRANCH, type GitHub, type Told } from './faults/github.ts'
import { createLimits } from './faults/limits.ts'
import { minimise } from './faults/minimise.ts'
import { MUTANTS } from './faults/mutants.ts'
import { mutated } from './faults/mutate.ts'
import type { Files } from './faults/objects.ts'
import { answer } from './faults/rest.ts'
import type { Schedule } from './faults/schedule.ts'
import { filesOf, WORLDS } from './faults/worlds.ts'

/** Runs `npm run faults` and reads its one line. */
function runFaults(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly said: Record<string, unknown> }> {
  const main = fileURLToPath(new URL('faults/main.ts', import.meta.url))
  return new Promise(resolve => {
    execFile(process.execPath, [main, ...args], { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (stdout === '') throw new Error(stderr)
      resolve({ code: error ? Number(error.code) : 0, said: JSON.parse(stdout) })
    })
  })
}

test('nothing is doubled, lost or overwritten, wherever the process dies and whatever else goes wrong', async () => {
  const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000_000)
  console.log(`npm run faults -- --worlds one --trials 100 --seed ${seed}`)
  const { code, said } = await runFaults('--worlds', 'one', '--trials', '100', '--seed', String(seed), '--within', '30')
  expect(said.violations).toEqual([])
  expect(said).toMatchObject({ duplicates: 0, lost: 0, overwritten: 0, staleWrites: 0, limitBreaches: 0, seed })
  expect(said.killPoints).toBeGreaterThan(10)
  expect(code).toBe(0)
}, 120_000)

test('a planted bug is noticed', async () => {
  const { code, said } = await runFaults('--mutants', '--only', 'title-finds-the-pull-request', '--seed', '1')
  expect(said).toMatchObject({ bugs: { of: 1, caught: 1 }, survivors: [] })
  expect(code).toBe(0)
}, 120_000)

test('every mutant fits the source, exactly once', () => {
  for (const mutant of MUTANTS) expect(mutated(mutant)).not.toBe('')
  expect(() => mutated({ ...mutantNamed('no-force'), find: 'nowhere' })).toThrow('stands 0 times')
  expect(() => mutated(mutantNamed('no-force'), 'force: false force: false')).toThrow('stands 2 times')
})

function mutantNamed(name: string) {
  const found = MUTANTS.find(mutant => mutant.name === name)
  if (!found) throw new Error(name)
  return found
}

test('a failing schedule is made as small as it can be', async () => {
  const schedule: Schedule = {
    ...{ seed: 1, world: 'one', replicas: 2, interrupts: [], forgeries: [] },
    faults: [1, 2, 3].map(nth => ({ kind: 'rest', nth, does: 'drop' })),
    acts: [{ act: 'hold', component: 0 }],
    mail: [{ nth: 1, does: 'lose' }],
  }
  const fails = async ({ faults, acts }: Schedule) => acts.length === 1 && faults.some(({ nth }) => nth === 2)
  const { faults, acts, mail, replicas } = await minimise(schedule, fails)
  expect({ faults, acts, mail, replicas }).toEqual({
    faults: [{ kind: 'rest', nth: 2, does: 'drop' }],
    acts: schedule.acts,
    mail: [],
    replicas: 1,
  })
})

describe('the GitHub in memory', () => {
  let github: GitHub
  let told: Told[]

  beforeEach(() => {
    told = []
    github = createGitHub(filesOf(WORLDS.one), each => told.push(each))
  })

  function ask(method: string, path: string, body?: object) {
    const url = new URL(`https://api.github.test/repos/acme/fleet${path}`)
    const { status, body: came } = answer(
      github,
      { method, url, body: body ? JSON.stringify(body) : null, cause: 'test' },
      0,
    )
    return { status, body: came as Record<string, unknown> }
  }

  /** A commit of ours on top of something. */
  function commit(content: string, parent = github.head(DEFAULT_BRANCH)): string {
    const base = github.objects.commit(parent ?? '')?.tree
    const tree = [{ path: 'a', mode: '100644', type: 'blob', content }]
    const { sha } = ask('POST', '/git/trees', { base_tree: base, tree }).body
    return String(ask('POST', '/git/commits', { message: content, tree: sha, parents: [parent] }).body.sha)
  }

  test('a ref is made once, and moves forward only', () => {
    const [one, other] = [commit('one'), commit('other')]
    const ref = { ref: 'refs/heads/windlass/x', sha: one }
    expect(ask('POST', '/git/refs', ref).status).toBe(201)
    expect(ask('POST', '/git/refs', ref).status).toBe(422)
    expect(ask('PATCH', '/git/refs/heads/windlass/x', { sha: other, force: false }).status).toBe(422)
    expect(ask('PATCH', '/git/refs/heads/windlass/x', { sha: commit('two', one), force: false }).status).toBe(200)
    expect(ask('PATCH', '/git/refs/heads/windlass/x', { sha: other, force: true }).status).toBe(200)
    expect(github.head('windlass/x')).toBe(other)
  })

  test('one pull request is open for a head and a base; its branch gone, it is closed and stays so', () => {
    ask('POST', '/git/refs', { ref: 'refs/heads/windlass/x', sha: commit('one') })
    const pull = { title: 't', body: 'b', head: 'windlass/x', base: 'main' }
    expect(ask('POST', '/pulls', pull).status).toBe(201)
    expect(ask('POST', '/pulls', pull).status).toBe(422)
    expect(ask('POST', '/pulls', { ...pull, head: 'windlass/none' }).status).toBe(422)
    expect(ask('DELETE', '/git/refs/heads%2Fwindlass%2Fx').status).toBe(204)
    expect(ask('GET', '/pulls/1').body).toMatchObject({ state: 'closed', merged: false })
    expect(ask('PATCH', '/pulls/1', { state: 'open' }).status).toBe(422)
    expect(told.map(({ event, payload }) => `${event} ${payload.action ?? payload.ref}`)).toEqual([
      'push refs/heads/windlass/x',
      'pull_request opened',
      'push refs/heads/windlass/x',
      'pull_request closed',
    ])
  })

  test('what was written later is not in a state of before', () => {
    const before: Files = github.objects.filesOf(github.head(DEFAULT_BRANCH) ?? '')
    ask('POST', '/git/refs', { ref: 'refs/heads/windlass/x', sha: commit('one') })
    expect(github.state.refs.has('windlass/x')).toBe(true)
    expect(github.past(1).refs.has('windlass/x')).toBe(false)
    expect(github.objects.filesOf(github.past(1).refs.get(DEFAULT_BRANCH) ?? '')).toEqual(before)
  })

  test('whoever was told to wait and goes on breaks the limit; whoever could not know does not', () => {
    const limits = createLimits()
    const sent = { method: 'GET', path: '/x', replica: 'one', at: Number.MAX_SAFE_INTEGER }
    expect(limits.meet(sent)).toBeNull()
    expect(limits.refuse(60).status).toBe(403)
    expect(limits.meet(sent)?.status).toBe(403)
    expect(limits.breaches).toEqual([])
    limits.heard('one')
    limits.meet(sent)
    limits.meet({ ...sent, replica: 'two', at: 0 })
    expect(limits.breaches).toEqual(['a request inside a Retry-After window: one GET /x'])
  })

  test('the 81st write within a minute breaks the limit', () => {
    const limits = createLimits()
    const sent = { method: 'POST', path: '/x', replica: 'one', at: 0 }
    for (let i = 0; i < 80; i++) limits.meet(sent)
    expect(limits.breaches).toEqual([])
    limits.meet(sent)
    expect(limits.breaches).toEqual(['more than 80 content writes in a minute: one POST /x'])
  })
})
