import { Octokit } from '@octokit/rest'
import { expect, test } from 'vitest'
import type { Mirror, Remote } from '../src/outside/git/mirror.ts'
import { listPulls, readProposals } from '../src/outside/github/github-proposals.ts'
import type { KeptNote } from '../src/outside/store/notes.ts'

const mirror = { commit: async () => ({ tree: '', parents: [], author: 'ada', message: '' }) } as unknown as Mirror

type Shown = {
  readonly number: number
  readonly branch?: string
  readonly state?: 'open' | 'closed'
  readonly by?: string
}

function pull({ number, branch = 'feature', state = 'closed', by = 'ada' }: Shown) {
  return {
    number,
    user: { login: by },
    head: { ref: branch, sha: `head of ${number}`, repo: { full_name: 'acme/gitops' } },
    base: { ref: 'main' },
    state,
    title: '',
    body: '',
    labels: [],
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    closed_at: null,
    merged_at: null,
  }
}

const others = (many: number, from = 1000) => Array.from({ length: many }, (_, i) => ({ number: from + i }))
const ours = (number: number, state: 'open' | 'closed' = 'open'): Shown => ({
  number,
  branch: `windlass/dev/${number}`,
  state,
  by: 'windlass[bot]',
})

/** What is found, and what is asked for, when GitHub has these pages, and these heads of branches; `byBranch` for those that are asked for alone. */
async function reading(
  pages: readonly (readonly Shown[])[],
  heads: ReadonlyMap<string, string> = new Map(),
  kept: readonly number[] = [],
  byBranch: readonly Shown[] = [],
) {
  const asked: string[] = []
  const fetch = async (url: string) => {
    const query = new URL(url).searchParams
    const head = query.get('head')
    const page = Number(query.get('page'))
    asked.push(head ?? `page ${page}`)
    const shown = head === null ? pages[page - 1] : byBranch.filter(({ branch }) => head === `acme:${branch}`)
    return Response.json((shown ?? []).map(pull))
  }
  const octokit = new Octokit({ request: { fetch } })
  const site = { octokit, owner: 'acme', name: 'gitops', login: 'windlass[bot]', key: 'key' }
  const remote: Remote = { defaultBranch: 'main', base: 'b', heads }
  const notes = kept.map(
    (number): KeptNote => ({ number, generation: 1, note: '', title: null, age: 9999, openedAge: null }),
  )
  const listed = await listPulls(site, remote, notes)
  const found = await readProposals(site, mirror, remote, notes, listed)
  return { asked, found: found.map(({ number }) => number) }
}

test('a page that is not full is all there is: nothing more is asked for, whatever branches there are', async () => {
  const heads = new Map([['windlass/dev/left-over', 'x']])
  expect(await reading([[...others(98), ours(1)]], heads)).toEqual({ asked: ['page 1'], found: [1] })
})

test('full pages are followed while they bring something of ours', async () => {
  expect(await reading([[...others(99), ours(3)], [...others(99, 2000), ours(2)], others(5, 3000)])).toEqual({
    asked: ['page 1', 'page 2', 'page 3'],
    found: [3, 2],
  })
  expect(await reading([others(100), [ours(1)]])).toEqual({ asked: ['page 1'], found: [] })
})

test('or while something is missing of which we know, so that a refusal is not forgotten; three at most', async () => {
  expect(await reading([others(100), [ours(1, 'closed')]], new Map(), [1])).toEqual({
    asked: ['page 1', 'page 2'],
    found: [1],
  })
  const full = [others(100), others(100, 2000), others(100, 3000), [ours(1)]]
  expect((await reading(full, new Map(), [1])).asked).toEqual(['page 1', 'page 2', 'page 3'])
})

test('an open one that nobody has touched for long is found by its branch', async () => {
  const heads = new Map([['windlass/dev/1', 'head of 1']])
  expect(await reading([others(100)], heads, [], [ours(1)])).toEqual({
    asked: ['page 1', 'acme:windlass/dev/1'],
    found: [1],
  })
})

test('a branch whose end is known is not asked for', async () => {
  const heads = new Map([['windlass/dev/1', 'head of 1']])
  const pages = [[...others(99), ours(1, 'closed')], others(5, 2000)]
  expect((await reading([pages[0] ?? [], others(100, 2000)], heads)).asked).toEqual(['page 1', 'page 2'])
  const moved = new Map([['windlass/dev/1', 'pushed since']])
  expect((await reading([pages[0] ?? [], others(100, 2000)], moved)).asked).toEqual([
    'page 1',
    'page 2',
    'acme:windlass/dev/1',
  ])
})

test("somebody else's pull request with a branch like ours is not ours", async () => {
  expect((await reading([[{ ...ours(1), by: 'mallory' }]])).found).toEqual([])
})
