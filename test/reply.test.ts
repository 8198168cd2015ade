import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICY, VERBS } from '../src/config.ts'
import { obey } from '../src/decide/obey.ts'
import type { Answer, Comment, Outcome, Plan, Proposal } from '../src/model.ts'
import { type About, reply } from '../src/report/reply.ts'
import { refusedIn } from '../src/report/reply-marker.ts'
import {
  aMemory,
  anEnvironment,
  aPin,
  aPlan,
  aProposal,
  aRelease,
  current,
  planned,
  unplanned,
} from './support/plans.ts'

const memory = aMemory({ environment: 'staging', component: 'karpenter', from: '1.0.8', to: '1.1.1', inputs: '' })
const proposal = aProposal({ branch: 'windlass/staging/karpenter', memory })
const merged = { ...proposal, state: 'merged', mergedAt: '2026-11-21T10:00:00Z' } as const
const SAID = { by: 'mona', at: '2026-11-20T10:00:00Z', reason: '' }

const environments = [anEnvironment('staging'), anEnvironment('prod', { approval: ['acme/leads'] })]
const POLICY = { ...DEFAULT_POLICY, environments, commands: { hold: 'maintain' } as const }
const UNKNOWN: About = { outcome: null, held: null }

function aComment(body: string, more: Partial<Comment> = {}): Comment {
  const plain = { id: 1, number: 7, edited: false, teams: ['acme/leads'], permission: 'admin', refused: false } as const
  return { ...plain, author: 'ada', body, at: '2026-11-22T00:00:00Z', ...more }
}

/** What a comment on a pull request comes to, and what is said about it. */
function answer(body: string, on: Proposal = proposal, about: About = UNKNOWN, more: Partial<Comment> = {}) {
  const pins = ['staging', 'prod'].map(environment => aPin('1.0.8', { environment, component: 'karpenter' }))
  const [answered] = obey([aComment(body, more)], [on], { policy: POLICY, pins, granted: [] }).answers
  if (!answered) throw new Error('no command')
  const { text, reaction } = reply(answered as Answer, POLICY, about)
  return { text: text ?? '', reaction }
}

const about = (outcome: Outcome, held: About['held'] = null): About => ({ outcome, held })
const waits: Outcome = {
  ...current('1.0.8'),
  kind: 'held',
  to: '1.1.1',
  because: 'soak',
  reason: '`staging` soaks',
  until: '2026-11-22T14:10:00Z',
}

describe('who is not obeyed', () => {
  test('a misspelt command is answered with what was meant', () => {
    expect(answer('/windlass promot prod')).toEqual({
      text: "I don't know `promot`. Did you mean `promote prod`?",
      reaction: 'confused',
    })
    expect(answer('/windlass xyzzy').text).toBe("I don't know `xyzzy`. `/windlass help` lists what I know.")
  })

  test('a stranger learns which permission is missing, and is marked as told', () => {
    const { text, reaction } = answer('/windlass retry', proposal, UNKNOWN, { author: 'mal-lory', permission: 'read' })
    expect(text.split('\n')[0]).toBe('`retry` needs write permission; you have read. Nothing was changed.')
    expect(refusedIn(text)).toEqual(['mal-lory'])
    expect(reaction).toBe('confused')
    expect(answer('/windlass xyzzy', proposal, UNKNOWN, { permission: 'none' }).text).toContain(
      'A command needs write permission; you have none here.',
    )
  })

  test('who may not approve learns who may, and is marked as told', () => {
    const { text } = answer('/windlass approve', proposal, UNKNOWN, { teams: [] })
    expect(text).toContain('Only these may approve for `prod`: `acme/leads`. Nothing was changed.')
    expect(refusedIn(text)).toEqual(['ada'])
  })

  test('whoever was told gets a reaction and no words', () => {
    const [silent] = obey([aComment('/windlass hold', { permission: 'read', refused: true })], [proposal], {
      policy: POLICY,
      pins: [],
      granted: [],
    }).answers
    expect(reply(silent as Answer, POLICY, UNKNOWN)).toEqual({ text: null, reaction: 'confused' })
  })

  test('an edited comment has to be written anew', () => {
    const { text, reaction } = answer('/windlass hold', proposal, UNKNOWN, { edited: true })
    expect(text).toContain('write a new comment. Nothing was changed.')
    expect(reaction).toBe('confused')
  })

  test('merging is refused with the way to do it', () => {
    expect(answer('/windlass merge')).toEqual({
      text: "I don't merge on command; merge it yourself, or allow automerge for low risk in `.github/windlass.yaml`.",
      reaction: 'confused',
    })
  })
})

describe('what cannot be done is said with what can be', () => {
  test.each<[string, Proposal, string]>([
    [
      'rollback',
      proposal,
      'This is not merged, so there is nothing to take back: close it, and its version is refused.',
    ],
    ['rollback to 0.9.0', merged, 'to `1.0.8`, and not to `0.9.0`'],
    ['hold', merged, 'This is merged: `hold` is for pull requests that are open.'],
    ['step', { ...proposal, state: 'closed' }, '`/windlass unignore` lets its version be proposed again.'],
    ['promote prd', proposal, "I don't know the environment `prd`. Did you mean `promote prod`?"],
    ['promote moon', proposal, "I don't know the environment `moon`. I know `staging`, `prod`."],
    ['promote staging', proposal, '`staging` does not come after `staging`'],
    ['approve', { ...proposal, memory: { ...memory, environment: 'prod' } }, 'no environment that comes after `prod`'],
    ['to 1.0.9', { ...proposal, memory: { ...memory, kind: 'rollback' } }, '`to` is for upgrades'],
    ['to 1.0.9', { ...proposal, memory: aMemory({ to: '' }) }, 'hidden note of this pull request is lost'],
  ])('%s', (form, on, says) => {
    const { text, reaction } = answer(`/windlass ${form}`, on)
    expect(text).toContain(says)
    expect(text).toMatch(/ Nothing was changed\.$/)
    expect(reaction).toBe('confused')
  })

  test('what a stranger writes is shown and does nothing', () => {
    const { text } = answer('/windlass promote @octocat`<!--')
    expect(text).toContain('``@octocat`<\u200b!--``')
  })
})

describe('what was done', () => {
  test('help lists every verb with who may give it', () => {
    const { text, reaction } = answer('/windlass help')
    expect(reaction).toBe('eyes')
    expect(text).toContain(
      '| `/windlass hold [reason]` | leaves this pull request as it is, whatever comes | maintain |',
    )
    expect(text).toContain('| `/windlass ignore <version\\|minor\\|major\\|component>` |')
    for (const verb of VERBS) expect(text).toContain(`| \`/windlass ${verb}`)
  })

  test('a hold is acknowledged with its reason, as inert text', () => {
    expect(answer('/windlass hold see #12 `x` @octocat')).toEqual({
      text: 'Held (``see #12 `x` @octocat``): I leave this pull request as it is until `/windlass resume`.',
      reaction: '+1',
    })
  })

  test('ignore says what will not come again, and closes only what is open', () => {
    expect(answer('/windlass ignore version').text).toBe(
      'I will not propose `karpenter 1.1.1` in `staging` again, and close this pull request.',
    )
    const newer = about(planned(aPlan({ upgrade: { ...aPlan().upgrade, to: aRelease('1.1.2') } })))
    const ignored = 'I will not propose `karpenter 1.1.1` in `staging` again'
    expect(answer('/windlass ignore version', proposal, newer).text).toBe(
      `${ignored}: this pull request goes on to \`1.1.2\`.`,
    )
    const held = { ...proposal, memory: { ...memory, hold: SAID } }
    expect(answer('/windlass ignore version', held, newer).text).toBe(
      `${ignored}. This pull request is held: it goes on to \`1.1.2\` after \`/windlass resume\`.`,
    )
    const edited = { ...proposal, humanCommit: { sha: 'b'.repeat(40), author: 'grace' } }
    expect(answer('/windlass ignore version', edited, newer).text).toBe(
      `${ignored}. \`grace\` has committed here, so I leave this pull request as it is.`,
    )
    expect(answer('/windlass ignore minor').text).toContain('`karpenter 1.1.x`')
    expect(answer('/windlass ignore major').text).toContain('`karpenter 1.x`')
    expect(answer('/windlass ignore component', merged).text).toBe(
      'I will not propose any version of `karpenter` in `staging` again.',
    )
  })

  test('ignore says the same when the pass before has closed the pull request and died', () => {
    const ignored = [{ ...SAID, by: 'ada', what: 'version' as const, version: '1.1.1' }]
    const after = aMemory({ ...memory, ignored, obeyed: [1], closed: 'ada ignored version 1.1.1 in #7' })
    const closed = { ...proposal, state: 'closed', memory: after } as const
    const declined = about(unplanned('declined', 'ada ignored version 1.1.1 in #7'))
    expect(answer('/windlass ignore version', closed, declined).text).toBe(
      'I will not propose `karpenter 1.1.1` in `staging` again, and close this pull request.',
    )
  })

  test('what was so already is said, with who said it', () => {
    const held = { ...proposal, memory: { ...memory, hold: { ...SAID, reason: 'freeze' } } }
    expect(answer('/windlass hold', held)).toEqual({
      text: 'This pull request is held by `mona` since `2026-11-20T10:00:00Z`: `freeze`. Nothing was changed.',
      reaction: 'eyes',
    })
    expect(answer('/windlass resume').text).toBe('Nothing was changed: this pull request is not held.')
    expect(answer('/windlass unignore').text).toBe('Nothing was changed: nothing is refused here.')
    const asked = { ...merged, memory: { ...memory, rollback: SAID } }
    expect(answer('/windlass rollback', asked).text).toBe(
      'Nothing was changed: `mona` at `2026-11-20T10:00:00Z` said so already.',
    )
  })

  test.each(['rebase', 'retry', 'to 1.0.9'])(
    '%s does not write a branch that is held or has a commit of a person',
    form => {
      const held = { ...proposal, memory: { ...memory, hold: SAID } }
      expect(answer(`/windlass ${form}`, held)).toMatchObject({
        reaction: 'confused',
        text: expect.stringContaining('`/windlass resume` first'),
      })
      const edited = { ...proposal, humanCommit: { sha: 'f00', author: 'mona' } }
      expect(answer(`/windlass ${form}`, edited)).toEqual({
        reaction: 'confused',
        text: "I don't rewrite `windlass/staging/karpenter`: `mona` has committed to it.",
      })
    },
  )

  test('a grant is acknowledged with what still holds the other environment', () => {
    expect(answer('/windlass approve', merged, about(waits)).text).toBe(
      'Approved: `karpenter 1.1.1` may go into `prod`. `beacon 1.1.1` is not proposed now: `staging` soaks (I look again at `2026-11-22T14:10:00Z`).',
    )
    const promoted = answer('/windlass promote prod', merged, about(planned())).text
    expect(promoted).toContain('`karpenter 1.1.1` goes on into `prod`')
    expect(promoted).toContain('Failed health, a soak time, a missing approval and a closed window still hold it.')
    expect(promoted).toContain('Nothing holds it now.')
    expect(answer('/windlass step', merged).text).toContain('The step after `karpenter 1.1.1` in `staging`')
  })

  test('a mode is noted, and nobody is made to believe that it changes anything', () => {
    expect(answer('/windlass mode agent')).toMatchObject({
      reaction: '+1',
      text: expect.stringContaining('It changes nothing today'),
    })
  })

  const offering = (to: string, ...available: readonly string[]) => {
    const { upgrade } = aPlan()
    return about(planned(aPlan({ upgrade: { ...upgrade, to: { ...upgrade.to, version: to }, available } })))
  }

  test.each<[string, About, string, string]>([
    ['is proposed', offering('1.0.9', '1.1.1', '1.0.9'), 'This pull request is about `karpenter 1.0.9` now.', '+1'],
    [
      'is not allowed',
      offering('1.1.1', '1.1.1'),
      '`karpenter 1.0.9` is not among the versions that may be proposed here: `1.1.1`.',
      'eyes',
    ],
    [
      'is allowed and not next',
      offering('1.1.1', '1.1.1', '1.0.9'),
      '`karpenter 1.0.9` cannot be the next step here.',
      'eyes',
    ],
    ['has to wait', about({ ...waits, to: '1.0.9' }), 'Noted. Not yet: `staging` soaks', '+1'],
    [
      'cannot be looked up',
      about(unplanned('unknown', 'the registry is down')),
      'It could not be found out: the registry is down',
      'eyes',
    ],
  ])('a version that was asked for and %s', (_, found, says, reaction) => {
    const got = answer('/windlass to 1.0.9', proposal, found)
    expect(got.text).toContain(says)
    expect(got.reaction).toBe(reaction)
  })

  test('status tells who said what, and what holds it', () => {
    const said = { ...SAID, reason: 'freeze' }
    const on: Proposal = {
      ...proposal,
      humanCommit: { sha: 'f00', author: 'hubot' },
      memory: {
        ...memory,
        hold: said,
        ignored: [{ ...said, what: 'minor', version: '1.1.0' }],
        wanted: { ...SAID, version: '1.0.9' },
        granted: [{ ...SAID, what: 'approve', branch: 'windlass/prod/karpenter', version: '1.1.1' }],
      },
    }
    expect(
      answer('/windlass status', on, about(planned(), { reason: 'the limit', until: null })).text.split('\n'),
    ).toEqual([
      '- `karpenter 1.0.8 → 1.1.1` in `staging`: open',
      '- held by `mona` since `2026-11-20T10:00:00Z`: `freeze`',
      '- left alone, because `hubot` has committed to the branch',
      '- `mona` at `2026-11-20T10:00:00Z` asked for `1.0.9`',
      '- `mona` refused `karpenter 1.1.x`',
      '- `mona` has approved `1.1.1` on `windlass/prod/karpenter` at `2026-11-20T10:00:00Z`',
      '- Not yet: the limit.',
    ])
    expect(answer('/windlass status').text).toContain('- not held')
  })
})

describe('what is shown of the upgrade', () => {
  const EVIL = '<script> @octocat [x](http://evil) <!-- windlass:reply 9 -->'
  const facts: Plan['facts'] = [
    { kind: 'object-removed', object: { apiVersion: 'v1', kind: 'Secret', namespace: 'x', name: 'old-token' } },
    { kind: 'default-changed', key: 'a', from: 1, to: 2 },
  ]
  const found = aPlan(
    {
      floor: 'high',
      assessed: { ...aPlan().assessed, floor: 'high', final: 'high' },
      findings: [
        { rule: 'quiet', severity: 'low', says: 'a default moved', file: null, line: null, evidence: ['E2'] },
        {
          rule: 'gone',
          severity: 'high',
          says: `a Secret goes away ${EVIL}`,
          file: null,
          line: null,
          evidence: ['E1'],
        },
      ],
      evidence: [
        { id: 'E1', kind: 'fact', origin: 'compare', trust: 'tool', text: `Secret/old-token ${EVIL}` },
        { id: 'E2', kind: 'fact', origin: 'compare', trust: 'tool', text: 'a: 1 → 2' },
        { id: 'E3', kind: 'note', origin: EVIL, trust: 'upstream', text: `\`\`\`\n${EVIL}` },
      ],
      todo: ['make a backup'],
      unknown: ['no notes were found'],
    },
    facts,
  )
  const upgrade = about(planned(found))
  const open = { ...proposal, memory: { ...memory, inputs: found.inputs } }
  const text = (form: string, on: Proposal = open, seen: About = upgrade) => answer(`/windlass ${form}`, on, seen).text

  test('plan: from where to where, how risky and why, what is left to do and not known', () => {
    const shown = text('plan')
    for (const part of [
      'High: a Secret goes away',
      '`beacon 1.0.0 → 1.1.0` in `dev`',
      'The rules say high',
      'make a backup',
    ])
      expect(shown).toContain(part)
    expect(shown).toContain('no notes were found')
    expect(shown).toContain('Nothing holds it now.')
    expect(text('plan', open, about(planned(found), { reason: 'prHourlyLimit 2 is reached', until: null }))).toContain(
      'Not yet: prHourlyLimit 2 is reached.',
    )
  })

  test('plan: where there is none, why, and until when', () => {
    expect(text('plan', open, about(waits))).toBe(
      '`beacon 1.1.1` is not proposed now: `staging` soaks (I look again at `2026-11-22T14:10:00Z`).',
    )
    expect(text('plan', open, about(current()))).toContain('The default branch has `beacon 1.1.0`')
    expect(text('plan', open, about(unplanned('declined', 'ada ignored it')))).toBe(
      'Nothing is proposed: ada ignored it',
    )
    expect(text('plan', open, UNKNOWN)).toBe('Its component does not stand in the repository any more.')
    const held = { ...open, memory: { ...memory, hold: { ...SAID, reason: 'freeze' } } }
    expect(text('plan', held)).toContain('This pull request is held by `mona` since `2026-11-20T10:00:00Z`: `freeze`.')
  })

  test('diff: the edits, and what they change, folded', () => {
    const shown = text('diff')
    expect(shown).toContain('- `dev/beacon.yaml:9` `1.0.0` → `1.1.0`')
    expect(shown).toMatch(/<details><summary>Objects<\/summary>[\s\S]*- Secret\/old-token[\s\S]*<\/details>/)
    expect(shown.match(/<details>/g)?.length).toBe(shown.match(/<\/details>/g)?.length)
  })

  test('explain: the gravest finding first, with its evidence', () => {
    const shown = text('explain')
    expect(shown.indexOf('**high** (`gone`)')).toBeGreaterThan(0)
    expect(shown.indexOf('**high** (`gone`)')).toBeLessThan(shown.indexOf('**low** (`quiet`)'))
    expect(shown).toContain('`E1`')
  })

  test('explain E1: the record word for word, and what cites it', () => {
    const shown = text('explain e1')
    expect(shown).toContain('`E1` (fact, my own tools found it) from `compare`:')
    expect(shown).toContain('Secret/old-token')
    expect(shown).toContain('**high** (`gone`)')
    expect(shown).not.toContain('quiet')
    expect(text('explain E3')).toContain('No finding cites it.')
    expect(text('explain E3')).toContain('the maintainers say so')
    expect(text('explain E99')).toBe('There is no `E99`: the evidence here is `E1` … `E3`.')
  })

  test.each(['plan', 'diff', 'explain', 'explain E1', 'explain E3'])('%s: nothing of strangers acts', form => {
    const shown = text(form)
    expect(shown).not.toContain('<!-- windlass:reply')
    const outside = shown.replace(/^(`{3,})[\s\S]*?^\1$/gm, '').replace(/(`+)[^`].*?\1/g, '')
    expect(outside).not.toContain('<script>')
    expect(outside).not.toMatch(/@octocat|(?<!\\)\]\(/)
  })

  test('what a pull request that is not written any more was made from may be something else, and that is said', () => {
    const stale = { ...memory, inputs: 'others' }
    const held = { ...open, memory: { ...stale, hold: SAID } }
    for (const form of ['plan', 'diff', 'explain', 'explain E1']) {
      expect(text(form, held)).toContain('This is what I would propose now.')
      expect(text(form, { ...open, memory: stale })).not.toContain('This is what I would propose now.')
    }
  })

  test('thousands of findings and edits still make a comment that GitHub takes', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => i)
    const huge = aPlan({
      assessed: { ...found.assessed },
      findings: many.map(i => ({
        rule: `r${i}`,
        severity: 'high',
        says: `finding ${i}`,
        file: null,
        line: null,
        evidence: ['E1'],
      })),
      edits: many.map(i => ({
        place: { file: `f${i}.yaml`, line: 1, column: 1, start: 0, end: 1 },
        from: '1',
        to: '2',
      })),
      evidence: [{ id: 'E1', kind: 'fact', origin: 'compare', trust: 'tool', text: 'x'.repeat(200_000) }],
      todo: many.map(i => `do ${i}`),
    })
    for (const form of ['plan', 'diff', 'explain', 'explain E1'])
      expect(text(form, open, about(planned(huge))).length, form).toBeLessThan(60_000)
  })
})
