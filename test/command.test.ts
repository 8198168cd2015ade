import { describe, expect, test } from 'vitest'
import { VERBS, type Verb } from '../src/config.ts'
import { parseCommand } from '../src/decide/command.ts'

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
    ['/windlass plan', { verb: 'plan' }],
    ['/windlass diff', { verb: 'diff' }],
    ['/windlass explain', { verb: 'explain', evidence: null }],
    ['/windlass explain e8', { verb: 'explain', evidence: 'E8' }],
    ['/windlass retry', { verb: 'retry' }],
    ['/windlass approve', { verb: 'approve', environment: null }],
    ['/windlass approve prod', { verb: 'approve', environment: 'prod' }],
    ['/windlass step', { verb: 'step' }],
    ['/windlass promote prod', { verb: 'promote', environment: 'prod' }],
    ['/windlass to 1.0.9', { verb: 'to', version: '1.0.9' }],
    ['/windlass to v1.0.9-rc.1+build', { verb: 'to', version: 'v1.0.9-rc.1+build' }],
    ['/windlass rollback', { verb: 'rollback', to: null }],
    ['/windlass rollback to 1.2.3', { verb: 'rollback', to: '1.2.3' }],
    ['/windlass unignore', { verb: 'unignore' }],
    ['/windlass mode agent', { verb: 'mode', mode: 'agent' }],
    ['/windlass mode Workflow', { verb: 'mode', mode: 'workflow' }],
    ['/windlass status\n/windlass ignore component', { verb: 'status' }],
  ])('%j', (body, expected) => expect(parseCommand(body)).toEqual(command(expected)))

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
    '@windlass do it',
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
    ['/windlass explain why', 'explain why', 'explain'],
    ['/windlass promote', 'promote', 'promote <environment>'],
    ['/windlass promote prod now', 'promote prod now', 'promote prod'],
    ['/windlass to', 'to', 'to <version>'],
    ['/windlass to latest', 'to latest', 'to <version>'],
    ['/windlass to 1.0.9; rm', 'to 1.0.9; rm', 'to <version>'],
    ['/windlass to 1.0.9 please', 'to 1.0.9 please', 'to 1.0.9'],
    ['/windlass rollback now', 'rollback now', 'rollback'],
    ['/windlass mode', 'mode', 'mode workflow'],
    ['/windlass mode agnet', 'mode agnet', 'mode agent'],
    ['/windlass hodl', 'hodl', 'hold'],
    ['/windlass approve prod please', 'approve prod please', 'approve prod'],
  ])('%j', (body, word, meant) => expect(parseCommand(body)).toEqual({ kind: 'misspelt', word, meant }))
})

/** How each verb is written, and as what it is understood. The compiler asks for the missing one. */
const FORMS: Readonly<Record<Verb, string>> = {
  help: 'help',
  status: 'status',
  plan: 'plan',
  diff: 'diff',
  explain: 'explain E1',
  rebase: 'rebase',
  retry: 'retry',
  hold: 'hold',
  resume: 'resume',
  approve: 'approve prod',
  step: 'step',
  promote: 'promote prod',
  rollback: 'rollback',
  to: 'to 1.0.9',
  ignore: 'ignore version',
  unignore: 'unignore',
  mode: 'mode agent',
}

describe.each(VERBS.map(verb => [verb, FORMS[verb]] as const))('%s', (verb, form) => {
  test.each([`/windlass ${form}`, `@windlass ${form}`, `/WINDLASS ${verb.toUpperCase()}${form.slice(verb.length)}`])(
    'is understood in any case: %s',
    body => expect(parseCommand(body)).toMatchObject({ kind: 'command', command: { verb } }),
  )

  test.each([
    ['in a quote', `> /windlass ${form}`],
    ['in a code block', `\`\`\`\n/windlass ${form}\n\`\`\``],
    ['indented', `    /windlass ${form}`],
    ['as code', `\`/windlass ${form}\``],
    ['in a sentence', `please /windlass ${form}`],
    ['on a later line', `thanks\n/windlass ${form}`],
    ['in a mention that goes on', `@windlass ${verb === 'hold' ? 'holding' : verb} is what we all want today`],
  ])('is nothing %s', (_, body) => expect(parseCommand(body)).toEqual(NONE))

  test.skipIf(verb === 'hold')('with words too many is misspelt, and what was meant is said', () => {
    expect(parseCommand(`/windlass ${form} and be quick about it`)).toMatchObject({
      kind: 'misspelt',
      meant: expect.stringMatching(new RegExp(`^${verb}`)),
    })
  })
})
