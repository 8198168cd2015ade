import { describe, expect, test } from 'vitest'
import { isOurs, signMessage } from '../src/outside/git/signature.ts'
import { embed, ourText, readMemory, writeMemory } from '../src/report/memory.ts'
import { aMemory } from './support/plans.ts'

const binding = { key: 'k'.repeat(32), repository: 'acme/gitops', branch: 'windlass/dev/beacon' }

describe('the memory in a pull request body', () => {
  test('what was written is read again', () => {
    const memory = aMemory({ hold: { by: 'ada', at: '2026-01-01T00:00:00Z', reason: 'a --> b' } })
    expect(readMemory(`text ${writeMemory(memory, binding)} text`, binding)).toEqual(memory)
  })

  test.each([
    ['another key', { ...binding, key: 'other' }],
    ['another repository', { ...binding, repository: 'evil/gitops' }],
    ['another branch', { ...binding, branch: 'windlass/prod/beacon' }],
  ])('a note signed with %s is nothing', (_, other) => {
    expect(readMemory(writeMemory(aMemory(), other), binding)).toBeNull()
  })

  test('a note with a changed payload is nothing', () => {
    const forged = Buffer.from(JSON.stringify(aMemory({ to: '9.9.9' }))).toString('base64url')
    const note = writeMemory(aMemory(), binding).replace(/memory [^.]+/, `memory ${forged}`)
    expect(readMemory(note, binding)).toBeNull()
  })

  test('our newest note is read, whatever somebody pasted around it', () => {
    const note = (generation: number, key = binding.key) =>
      writeMemory(aMemory({ generation, to: `1.0.${generation}` }), { ...binding, key })
    const body = [note(9, 'nobody'), note(1), note(3), note(2), note(8, 'nobody')].join('\n')
    expect(readMemory(body, binding)).toMatchObject({ generation: 3, to: '1.0.3' })
  })

  test('a memory that has grown too large loses the oldest grants, not the whole note', () => {
    const hold = { by: 'ada', at: '2026-01-01T00:00:00Z', reason: 'r'.repeat(500) }
    const granted = Array.from({ length: 60 }, (_, i) => ({
      ...{ by: 'ada', at: '2026-01-01T00:00:00Z', reason: '' },
      ...{ what: 'approve' as const, branch: `windlass/env-${i}/beacon`, version: '1.1.0' },
    }))
    const read = readMemory(writeMemory(aMemory({ hold, granted }), binding), binding)
    expect(read).toMatchObject({ hold, to: '1.1.0' })
    expect(read?.granted.length).toBeGreaterThan(20)
    expect(read?.granted.at(-1)).toEqual(granted.at(-1))
  })

  test('a note of a later server that this one does not understand is nothing, and stops nothing', () => {
    const later = { ...aMemory(), kind: 'something-new' } as never
    expect(readMemory(writeMemory(later, binding), binding)).toBeNull()
  })

  test('human text before and after our markers survives', () => {
    const first = embed('', 'ours, 1', '<!-- note 1 -->')
    const edited = `Please wait for Ada.\n\n${first}\n\nDone: checked in the lab.`
    const second = embed(edited, 'ours, 2', '<!-- note 2 -->')
    expect(second).toBe(edited.replace('ours, 1', 'ours, 2').replace('<!-- note 1 -->', '<!-- note 2 -->'))
  })

  test('a body whose markers were removed keeps the human text below ours', () => {
    const body = embed('my own text', 'ours', '<!-- note -->')
    expect(body.endsWith('my own text')).toBe(true)
    expect(ourText(body)).toContain('ours')
  })
})

describe('the signature of a commit', () => {
  const tree = '1'.repeat(40)
  const parents = ['2'.repeat(40)]
  const message = signMessage('key', 'fix: upgrade', '3'.repeat(40), tree, parents)

  test('proves our own commit', () => {
    expect(isOurs('key', { tree, parents, message: `${message}\n` })).toBe(true)
  })

  test.each([
    ['another tree (amended)', { tree: '9'.repeat(40), parents, message }],
    ['another parent (rebased)', { tree, parents: ['9'.repeat(40)], message }],
    ['another title', { tree, parents, message: message.replace('upgrade', 'downgrade') }],
    ['no trailer', { tree, parents, message: 'fix: upgrade' }],
  ])('does not fit %s', (_, commit) => {
    expect(isOurs('key', commit)).toBe(false)
  })

  test('does not fit another key', () => {
    expect(isOurs('other', { tree, parents, message })).toBe(false)
  })
})
