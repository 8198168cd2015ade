import { describe, expect, test } from 'vitest'
import { VERBS_LATER, VERBS_NOW } from '../src/config.ts'
import { parseCommand } from '../src/decide/command.ts'
import type { Comment, Permission, Proposal } from '../src/model.ts'
import { type Answered, reply } from '../src/report/reply.ts'
import { aMemory, aProposal } from './support/plans.ts'

const NONE = { kind: 'none' }
const command = (fields: object) => ({ kind: 'command', command: fields })

describe('what is a command', () => {
  test.each([
    ['/windlass help', { verb: 'help' }],
    ['/windlass', { verb: 'help' }],
    ['@windlass status', { verb: 'status' }],
    ['/WINDLASS Resume', { verb: 'resume' }],
    ['/windlass hold', { verb: 'hold', reason: '' }],
    ['/windlass hold  wait for the freeze, please ', { verb: 'hold', reason: 'wait for the freeze, please' }],
    ['@windlass hold on until the incident is over', { verb: 'hold', reason: 'on until the incident is over' }],
    ['\n\n/windlass rebase\n\nthanks!', { verb: 'rebase' }],
    ['/windlass recreate\r\n', { verb: 'rebase' }],
    ['/windlass ignore version', { verb: 'ignore', what: 'version' }],
    ['/windlass ignore Minor', { verb: 'ignore', what: 'minor' }],
    ['/windlass ignore major', { verb: 'ignore', what: 'major' }],
    ['/windlass ignore component', { verb: 'ignore', what: 'component' }],
    ['/windlass merge', { verb: 'merge' }],
    ['/windlass promote prod', { verb: 'promote', argument: 'prod' }],
    ['/windlass to 1.0.9', { verb: 'to', argument: '1.0.9' }],
    ['/windlass rollback to 1.2.3', { verb: 'rollback', argument: 'to 1.2.3' }],
    ['/windlass mode agent', { verb: 'mode', argument: 'agent' }],
    ['/windlass status\n/windlass ignore component', { verb: 'status' }],
  ])('%j', (body, expected) => expect(parseCommand(body)).toEqual(command(expected)))

  test('every verb of the documentation is understood', () => {
    for (const verb of [...VERBS_NOW, ...VERBS_LATER])
      expect(parseCommand(`/windlass ${verb === 'ignore' ? 'ignore version' : verb}`), verb).toMatchObject({
        command: { verb },
      })
  })

  test('a reason is bounded', () => {
    expect(parseCommand(`/windlass hold ${'x'.repeat(9_000)}`)).toEqual(
      command({ verb: 'hold', reason: 'x'.repeat(500) }),
    )
  })
})

describe('what is none', () => {
  test.each([
    '',
    '   \n\n',
    'looks good\n/windlass resume',
    'please /windlass resume',
    '> /windlass resume',
    '> /windlass resume\n\n/windlass resume',
    '```\n/windlass resume\n```',
    '~~~\n/windlass resume\n~~~',
    '    /windlass resume',
    '\t/windlass resume',
    ' /windlass resume',
    '`/windlass resume`',
    '**/windlass resume**',
    '- /windlass resume',
    '<!-- x -->\n/windlass resume',
    '\u200b/windlass resume',
    '/windlass-ci resume',
    '@windlass-bot resume',
    '/windlassresume',
    '//windlass resume',
    '@windlass thanks, that was quick',
    '@windlass resume the work on this when you can',
    '@windlass to me this looks fine',
  ])('%j', body => expect(parseCommand(body)).toEqual(NONE))

  test('a body of a megabyte is read in no time', () => {
    expect(parseCommand(`/windlass${' '.repeat(1_000_000)}x`)).toEqual({ kind: 'command', command: { verb: 'help' } })
    expect(parseCommand('\n'.repeat(1_000_000))).toEqual(NONE)
  })
})

describe('what is misspelt', () => {
  test.each([
    ['/windlass promot prod', 'promot', 'promote prod'],
    ['/windlass hols until friday', 'hols', 'hold until friday'],
    ['/windlass xyzzy', 'xyzzy', null],
    ['/windlass __proto__', '__proto__', null],
    ['/windlass constructor', 'constructor', null],
    ['/windlass ignore', 'ignore', 'ignore version'],
    ['/windlass ignore comonent', 'ignore comonent', 'ignore component'],
    ['/windlass resume later', 'resume later', 'resume'],
    ['/windlass recreat', 'recreat', 'rebase'],
    ['@windlass statu', 'statu', 'status'],
  ])('%j', (body, word, meant) => expect(parseCommand(body)).toEqual({ kind: 'misspelt', word, meant }))
})

const memory = aMemory({ environment: 'staging', component: 'karpenter', from: '1.0.8', to: '1.1.1', inputs: '' })
const proposal = aProposal({ branch: 'windlass/staging/karpenter', memory })
const comment = (permission: Permission): Comment => ({
  id: 1,
  number: 7,
  author: 'mona',
  body: '',
  at: '',
  edited: false,
  teams: [],
  permission,
})

function answer(body: string, about: Proposal = proposal): ReturnType<typeof reply> {
  const parsed = parseCommand(body)
  if (parsed.kind === 'none') throw new Error('no command')
  const base = { comment: comment('write'), proposal: about }
  const answered: Answered =
    parsed.kind === 'command' ? { ...base, kind: 'done', command: parsed.command } : { ...base, ...parsed }
  return reply(answered, { hold: 'maintain' })
}

describe('replies', () => {
  test('a misspelt command is answered with what was meant', () => {
    expect(answer('/windlass promot prod')).toEqual({
      text: "I don't know `promot`. Did you mean `promote prod`?",
      reaction: 'confused',
    })
    expect(answer('/windlass xyzzy').text).toBe("I don't know `xyzzy`. `/windlass help` lists what I know.")
  })

  test('merging is refused with the way to do it', () => {
    expect(answer('/windlass merge').text).toBe(
      "I don't merge on command; merge it yourself, or allow automerge for low risk in `.github/windlass.yaml`.",
    )
  })

  test('a stranger learns which permission is missing', () => {
    const refused: Answered = {
      comment: comment('read'),
      proposal,
      kind: 'refused',
      command: { verb: 'hold', reason: '' },
      needs: 'write',
    }
    expect(reply(refused, {})).toEqual({
      text: '`hold` needs write permission; you have read. Nothing was changed.',
      reaction: 'confused',
    })
  })

  test('every verb that is not available says so', () => {
    for (const verb of VERBS_LATER)
      expect(answer(`/windlass ${verb}`)).toEqual({
        text: `\`${verb}\` is not available yet in this version. Nothing was changed.`,
        reaction: 'confused',
      })
  })

  test('help lists every verb with who may give it', () => {
    const { text, reaction } = answer('/windlass help')
    expect(reaction).toBe('eyes')
    expect(text).toContain(
      '| `/windlass hold [reason]` | leaves this pull request as it is, whatever comes | maintain |',
    )
    expect(text).toContain('| `/windlass ignore <version\\|minor\\|major\\|component>` |')
    for (const verb of [...VERBS_NOW, ...VERBS_LATER]) expect(text, verb).toContain(verb)
  })

  test('a hold is acknowledged with its reason, as inert text', () => {
    expect(answer('/windlass hold see #12 `x` @octocat')).toEqual({
      text: 'Held (``see #12 `x` @octocat``): I leave this pull request as it is until `/windlass resume`.',
      reaction: '+1',
    })
  })

  test('ignore says what will not come again', () => {
    expect(answer('/windlass ignore version').text).toBe(
      'I will not propose `karpenter 1.1.1` in `staging` again, and close this pull request.',
    )
    expect(answer('/windlass ignore minor').text).toContain('`karpenter 1.1.x`')
    expect(answer('/windlass ignore major').text).toContain('`karpenter 1.x`')
    expect(answer('/windlass ignore component').text).toContain('any version of `karpenter` in `staging`')
  })

  test('a branch that is held or has a commit of a person is not rewritten, and that is said', () => {
    expect(answer('/windlass rebase').reaction).toBe('+1')
    const held = { ...proposal, memory: { ...memory, hold: { by: 'mona', at: '2026-11-20T10:00:00Z', reason: '' } } }
    expect(answer('/windlass rebase', held)).toMatchObject({
      reaction: 'confused',
      text: expect.stringContaining('resume'),
    })
    const edited = { ...proposal, humanCommit: { sha: 'f00', author: 'mona' } }
    expect(answer('/windlass rebase', edited).text).toBe(
      "I don't rewrite `windlass/staging/karpenter`: `mona` has committed to it.",
    )
  })

  test('status tells the hold, the refusals and the commit of a person', () => {
    const said = { by: 'mona', at: '2026-11-20T10:00:00Z', reason: 'freeze' }
    const about: Proposal = {
      ...proposal,
      humanCommit: { sha: 'f00', author: 'hubot' },
      memory: { ...memory, hold: said, ignored: [{ ...said, what: 'minor', version: '1.1.0' }] },
    }
    expect(answer('/windlass status', about).text.split('\n')).toEqual([
      '- `karpenter 1.0.8 → 1.1.1` in `staging`: open',
      '- held by `mona` since `2026-11-20T10:00:00Z`: `freeze`',
      '- left alone, because `hubot` has committed to the branch',
      '- `mona` refused `karpenter 1.1.x`',
    ])
    expect(answer('/windlass status').text).toContain('- not held')
  })
})
