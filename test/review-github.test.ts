import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Action } from '../src/model.ts'
import type { People } from './github-double/people.ts'
import { type Outside, startOutside } from './support/github-world.ts'

let outside: Outside

beforeAll(async () => {
  outside = await startOutside()
})

afterAll(() => outside?.stop())

afterEach(() => outside.github.assertHonest())

async function bumped(name: string): Promise<{ repo: People; number: number; head: string }> {
  const repo = await outside.github.repo('acme', name, new Map([['a.yaml', 'a: 1\n']]))
  const head = await repo.commit('renovate/a', new Map([['a.yaml', 'a: 2\n']]), {
    author: 'renovate[bot]',
    message: 'A',
  })
  return { repo, head, number: await repo.openPullRequest('renovate[bot]', { head: 'renovate/a', title: 'A' }) }
}

const review = (number: number, head: string, body: string): Action => ({
  do: 'review',
  number,
  head,
  body,
  check: { title: body, summary: body, conclusion: 'neutral' },
  inputs: body,
})

const ours = (repo: People, number: number) => repo.comments(number).filter(({ user }) => user === 'windlass[bot]')

test('the same twice is written once, another text into the same comment', async () => {
  const { repo, number, head } = await bumped('twice')
  const world = await outside.look(repo)
  await world.perform(review(number, head, 'one'))
  const [first] = ours(repo, number)
  const before = outside.requests(repo).filter(line => !line.startsWith('GET')).length
  await world.perform(review(number, head, 'one'))
  expect(outside.requests(repo).filter(line => !line.startsWith('GET'))).toHaveLength(before)
  await world.perform(review(number, head, 'two'))
  expect(ours(repo, number)).toMatchObject([{ id: first?.id, body: expect.stringMatching(/^two\n/) }])
  expect(repo.checks(head)).toHaveLength(1)
})

test('what it speaks of is read from the comment, with its commits', async () => {
  const { repo, number, head } = await bumped('read')
  const world = await outside.look(repo)
  await world.proposals()
  const [pull, ...more] = await world.bumps()
  if (pull === undefined) throw new Error('there is a pull request')
  expect([pull, more]).toEqual([{ number, author: 'renovate[bot]', head, isFork: false }, []])
  expect(await world.reviewed(pull)).toBeNull()
  await world.perform(review(number, head, 'one'))
  expect(await world.reviewed(pull)).toEqual({ head, inputs: 'one' })
  await world.tree()
  const change = await world.changeOf(pull)
  const text = (files: readonly { text: string }[]) => files.map(file => file.text).join()
  expect(change.ok && [text(change.value.fork.files), text(change.value.head.files)]).toEqual(['a: 1\n', 'a: 2\n'])
  expect(text((await world.tree()).files)).toBe('a: 1\n')
})

test('a commit that is nowhere is an answer, not an error', async () => {
  const { repo, number } = await bumped('gone')
  const world = await outside.look(repo)
  await world.tree()
  const answer = await world.changeOf({ number, author: 'renovate[bot]', head: 'd'.repeat(40), isFork: false })
  expect(answer).toMatchObject({ ok: false, retry: true })
})

test('a comment that a person has deleted is not written again', async () => {
  const { repo, number, head } = await bumped('deleted')
  const world = await outside.look(repo)
  await world.perform(review(number, head, 'one'))
  const [comment] = ours(repo, number)
  repo.record.comments.delete(comment?.id ?? 0)
  await world.perform(review(number, head, 'two'))
  await world.perform(review(number, head, 'three'))
  expect(ours(repo, number)).toEqual([])
  expect(repo.checks(head)).toMatchObject([{ externalId: 'three' }])
})
