import { lexer, type Token, type Tokens, walkTokens } from 'marked'
import { describe, expect, test } from 'vitest'
import type { Because, Grant, Health, Signal, Tick } from '../src/model.ts'
import { dashboard, roomIn, says } from '../src/report/dashboard.ts'
import { readDashboardMemory, writeDashboardMemory } from '../src/report/dashboard-memory.ts'
import { box, readTicks } from '../src/report/dashboard-ticks.ts'
import type { DashboardView, Refused } from '../src/report/dashboard-view.ts'
import { embed, readMemory, writeMemory } from '../src/report/memory.ts'
import { aBoard, aView, standsAt, waitsIn } from './support/boards.ts'
import { aMemory, aPlan, aProposal, planned, unplanned } from './support/plans.ts'

function textOf(more: Partial<DashboardView>): string {
  return dashboard(aView(more)).body
}

/** The lines below a heading, up to the next one. */
function section(text: string, title: string): readonly string[] {
  const [, rest] = text.split(`### ${title}\n`)
  return rest === undefined
    ? []
    : (rest.split(/\n(?:### |---)/)[0] ?? '').split('\n').filter(line => line.trim() !== '')
}

function headings(text: string): readonly string[] {
  return text.split('\n').flatMap(line => (line.startsWith('### ') ? [line.slice(4)] : []))
}

const REFUSED: Refused = {
  branch: 'windlass/dev/kiln',
  component: 'kiln',
  environment: 'dev',
  number: 3,
  what: 'version',
  version: '2.1.0',
  by: 'ada',
  at: '2026-01-01T09:30:00Z',
}

const RED: Signal = {
  via: 'flux',
  name: 'HelmRelease/beacon/beacon',
  state: 'failure',
  at: '2026-01-31T10:00:00Z',
  by: 'hook',
  commit: null,
  place: null,
  version: null,
  run: null,
  says: 'install retries exhausted',
}

function healthOf(health: Health): DashboardView['watched'] {
  return new Map([
    ['windlass/prod/beacon', [{ component: 'beacon', environment: 'staging', version: '1.1.0', health }]],
  ])
}

const UNKNOWN: Health = { kind: 'unknown', missing: ['flux'], why: [] }
const FAILED: Health = { kind: 'failed', at: '2026-01-31T10:00:00Z', evidence: [RED] }

describe('what the dashboard says', () => {
  test('a repository in which nothing is to do: that we are awake, one box, and what was detected', () => {
    const { title, body } = dashboard(aView({ outcomes: [standsAt('dev', '1.1.0')] }))
    expect(title).toBe('Windlass dashboard')
    expect(headings(body)).toEqual(['What you can do here', 'Detected'])
    expect(body.split('\n')[0]).toBe(
      `Looked at on 2026-02-01, first at commit [ccccccc](../commit/${'c'.repeat(40)}); the next look is on every push, and at least at every sweep of the server.`,
    )
    expect(section(body, 'What you can do here')).toEqual([
      '- [ ] <!-- windlass:tick look --> Look at everything again now',
    ])
    expect(body).toContain('**0 pull requests open · 0 waiting · 1 up to date**')
  })

  test('a policy that switches everything off is said', () => {
    expect(textOf({ policy: { enabled: false } })).toContain('`enabled: false`')
  })

  test.each<[Because, string]>([
    ['age', 'Held'],
    ['approval', 'Held'],
    ['foreign', 'Held'],
    ['person', 'Held'],
    ['health', 'Held'],
    ['schedule', 'Awaiting their schedule or window'],
    ['window', 'Awaiting their schedule or window'],
    ['limit', 'Rate-limited'],
    ['soak', 'Soaking'],
    ['blocked', 'Blocked by something else'],
    ['hop', 'Blocked by something else'],
  ])('what waits because of %s stands under "%s", with the reason and until when', (because, title) => {
    const until = '2026-02-03T06:00:00Z'
    const body = textOf({ held: [waitsIn('prod', { because, reason: 'a `reason`', until })] })
    const when = because === 'limit' ? '' : ' (until 2026-02-03 06:00 UTC)'
    expect(section(body, title)).toEqual([`- **beacon** in **prod** \`1.0.0\` → \`1.1.0\`: a \`reason\`${when}`])
    expect(headings(body)).toEqual(['What you can do here', title])
  })

  test('a reason that says until when itself is not told twice', () => {
    const until = '2026-02-03T06:00:00.000Z'
    const body = textOf({ held: [waitsIn('prod', { because: 'soak', reason: `dev soaks until ${until}`, until })] })
    expect(section(body, 'Soaking')[0]).toMatch(/soaks until 2026-02-03T06:00:00\.000Z$/)
  })

  test('red health has a section of its own: what is red, what it says, and who waits for it', () => {
    const held = [waitsIn('prod', { because: 'health', reason: 'beacon 1.1.0 in staging is red' })]
    const body = textOf({ held, watched: healthOf(FAILED) })
    expect(section(body, 'Failed health')).toEqual([
      '- **beacon** in **staging** `1.1.0` since 2026-01-31 10:00 UTC: `HelmRelease/beacon/beacon` says install retries exhausted',
      '- **beacon** in **prod** `1.0.0` → `1.1.0`: beacon 1.1.0 in staging is red',
    ])
    expect(headings(body)).not.toContain('Held')
  })

  test('a pull request that a person holds, or has committed to, is among what is held', () => {
    const hold = { by: 'ada', at: '2026-01-02T08:00:00Z', reason: 'incident @all' }
    const held = aProposal({ memory: aMemory({ hold }) })
    const edited = aProposal({ number: 8, humanCommit: { sha: 'b'.repeat(40), author: 'bob' } })
    expect(section(textOf({ proposals: [held, edited] }), 'Held')).toEqual([
      '- [#7](../pull/7) **beacon** in **dev**: on hold by `ada` since 2026-01-02 08:00 UTC: incident @&#8203;all',
      '- [#8](../pull/8) **beacon** in **dev**: `bob` has committed to its branch, so it is left alone',
    ])
  })

  test('open pull requests, the oldest first whatever the order at GitHub, with their risk and the red CI', () => {
    const replan = {
      at: '',
      version: '1.1.0',
      head: 'a'.repeat(40),
      cause: 'the schema refuses it',
      job: '',
      line: '',
      did: 'hold' as const,
    }
    const red = aProposal({ number: 9, labels: ['risk/high'], memory: aMemory({ replans: [replan] }) })
    const back = aProposal({ number: 8, memory: aMemory({ kind: 'rollback', from: '1.1.0', to: '1.0.0' }) })
    const closed = aProposal({ number: 4, state: 'closed' })
    expect(section(textOf({ proposals: [red, closed, back] }), 'Open')).toEqual([
      '- [#8](../pull/8) **beacon** in **dev** `1.1.0` → `1.0.0` · takes it back',
      '- [#9](../pull/9) **beacon** in **dev** `1.0.0` → `1.1.0` · high · CI was red: the schema refuses it',
    ])
  })

  test('what was refused: by whom, when and where, and how to undo it', () => {
    const closed: Refused = { ...REFUSED, number: 4, what: 'closed', by: null }
    const all: Refused = { ...REFUSED, what: 'component', version: '' }
    const minor: Refused = { ...REFUSED, what: 'minor' }
    const body = textOf({ refused: [REFUSED, closed, all, minor] })
    expect(section(body, 'Refused').slice(0, 4)).toEqual([
      '- **kiln** in **dev** `2.1.0`: `ada` ignored it in [#3](../pull/3), 2026-01-01 09:30 UTC; to undo, tick its box above',
      '- **kiln** in **dev** `2.1.0`: [#4](../pull/4) was closed, 2026-01-01 09:30 UTC; to undo, tick its box above',
      '- **kiln** in **dev** every version: `ada` ignored it in [#3](../pull/3), 2026-01-01 09:30 UTC; to undo, tick its box above',
      '- **kiln** in **dev** `2.1.0` and its minor line: `ada` ignored it in [#3](../pull/3), 2026-01-01 09:30 UTC; to undo, tick its box above',
    ])
    const without = textOf({ refused: [REFUSED], mayTick: new Set(['look']) })
    expect(section(without, 'Refused')[0]).toContain('comment `/windlass unignore` on [#3](../pull/3)')
  })

  test('problems and remarks with file and line, each once', () => {
    const problem = { file: 'dev/a.yaml', line: 3, reason: 'not valid YAML: `x`' }
    const remark = { file: null, line: null, reason: 'kiln in dev: the registry answers 401' }
    expect(section(textOf({ problems: [problem, problem], remarks: [remark] }), 'Problems').slice(0, 2)).toEqual([
      '- `dev/a.yaml:3` not valid YAML: `x`',
      '- kiln in dev: the registry answers 401',
    ])
  })

  test('what was detected comes last and folded: a line for each component', () => {
    const outcomes = [
      standsAt('dev', '1.1.0'),
      planned(),
      { ...unplanned('unknown', 'no answer'), component: 'kiln', environment: null },
      { ...unplanned('declined', 'refused'), component: 'kiln' },
    ]
    const body = textOf({ outcomes })
    expect(headings(body).at(-1)).toBe('Detected')
    expect(section(body, 'Detected').slice(0, 4)).toEqual([
      '<details><summary>2 components, 4 places, 1 up to date</summary>',
      '- **beacon**: dev `1.1.0`, dev `1.0.0` → `1.1.0`',
      '- **kiln**: `1.0.0` (could not be looked up), dev `1.0.0` (newer ones are refused)',
      '</details>',
    ])
  })
})

describe('the matrix of what is in promotion', () => {
  const held = [waitsIn('prod', { because: 'soak', until: '2026-02-03T06:00:00Z' })]
  const outcomes = [
    standsAt('prod', '1.0.0', { kind: 'held', to: '1.1.0' }),
    standsAt('staging', '1.0.0', { kind: 'planned', plan: aPlan() }),
    standsAt('dev', '1.1.0'),
  ]
  const proposals = [aProposal({ branch: 'windlass/staging/beacon' })]

  test('components down, environments across in their order, with what runs and what it waits for', () => {
    expect(section(textOf({ outcomes, held, proposals }), 'In promotion')).toEqual([
      '| component | dev | staging | prod |',
      '|---|---|---|---|',
      '| beacon | `1.1.0` done | `1.0.0` → `1.1.0` [#7](../pull/7) open | `1.0.0` soaking until 2026-02-03 06:00 UTC |',
    ])
  })

  test('health that is known stands where the version runs', () => {
    const healthy: Health = { kind: 'healthy', since: '2026-02-01T08:00:00Z', evidence: [] }
    const watched = new Map([['any', [{ component: 'beacon', environment: 'dev', version: '1.1.0', health: healthy }]]])
    expect(section(textOf({ outcomes, held, watched }), 'In promotion')[2]).toContain(
      '| `1.1.0` healthy since 2026-02-01 08:00 UTC |',
    )
  })

  test('what is the same everywhere, or stands in one place only, is not in promotion', () => {
    const same = [standsAt('dev', '1.1.0'), standsAt('prod', '1.1.0'), standsAt('dev', '1.0.0', { component: 'kiln' })]
    expect(headings(textOf({ outcomes: same }))).not.toContain('In promotion')
  })

  test('the same name from another source is another component', () => {
    const other = { type: 'helm' as const, url: 'https://other.example.com', chart: 'beacon' }
    const two = [standsAt('dev', '1.1.0'), standsAt('prod', '1.0.0', { source: other })]
    expect(headings(textOf({ outcomes: two }))).not.toContain('In promotion')
  })

  test('more environments than a screen has room for are counted', () => {
    const environments = Array.from({ length: 11 }, (_, i) => `e${i}`)
    const many = environments.map((name, i) => standsAt(name, `1.${i}.0`))
    const lines = section(textOf({ outcomes: many, environments }), 'In promotion')
    expect(lines[0]).toBe('The first 8 of 11 environments.')
    expect(lines[1]?.split('|')).toHaveLength(8 + 3)
  })
})

describe('the boxes', () => {
  const boxes = (more: Partial<DashboardView>) => section(textOf(more), 'What you can do here').slice(1)

  test('going on is offered over unknown health only', () => {
    const held = [waitsIn('prod', { because: 'health' })]
    expect(boxes({ held, watched: healthOf(UNKNOWN) })).toEqual([
      '- [ ] <!-- windlass:tick promote windlass/prod/beacon 1.1.0 --> Go on although nobody knows its health: **beacon** in **prod** `1.0.0` → `1.1.0`',
    ])
    expect(boxes({ held, watched: healthOf(FAILED) })).toEqual([])
    expect(boxes({ held, watched: healthOf({ kind: 'waiting', until: '2026-02-02T00:00:00Z', missing: [] }) })).toEqual(
      [],
    )
    expect(boxes({ held })).toEqual([])
    const both = [...healthOf(UNKNOWN).values(), ...healthOf(FAILED).values()].flat()
    expect(boxes({ held, watched: new Map([['windlass/prod/beacon', both]]) })).toEqual([])
    expect(boxes({ held: [waitsIn('prod', { because: 'soak' })], watched: healthOf(UNKNOWN) })).toEqual([])
  })

  test('opening now is offered to what waits for its schedule or for room, not for a window', () => {
    const held = (because: Because) => [waitsIn('prod', { because })]
    const open =
      '- [ ] <!-- windlass:tick open windlass/prod/beacon 1.1.0 --> Open now: **beacon** in **prod** `1.0.0` → `1.1.0`'
    expect(boxes({ held: held('schedule') })).toEqual([open])
    expect(boxes({ held: held('limit') })).toEqual([open])
    expect(boxes({ held: held('window') })).toEqual([])
  })

  test('proposing again is offered for what was refused', () => {
    expect(boxes({ refused: [REFUSED] })).toEqual([
      '- [ ] <!-- windlass:tick unignore windlass/dev/kiln 2.1.0 --> Propose again: **kiln** in **dev** `2.1.0`, refused in [#3](../pull/3)',
    ])
  })

  test('trying again is offered where CI is red on this head and we have no further answer', () => {
    const replan = (more: object) => ({
      memory: aMemory({
        replans: [
          {
            at: '',
            version: '1.1.0',
            head: 'a'.repeat(40),
            cause: 'x',
            job: '',
            line: '',
            did: 'hold' as const,
            ...more,
          },
        ],
      }),
    })
    expect(boxes({ proposals: [aProposal(replan({}))] })).toEqual([
      '- [ ] <!-- windlass:tick retry windlass/dev/beacon 1.1.0 --> Try again after the red CI: [#7](../pull/7)',
    ])
    expect(boxes({ proposals: [aProposal(replan({ did: 'rerun' }))] })).toEqual([])
    expect(boxes({ proposals: [aProposal(replan({ head: 'b'.repeat(40) }))] })).toEqual([])
  })

  test('what the policy keeps for others is not offered', () => {
    const held = [waitsIn('prod', { because: 'limit' })]
    expect(boxes({ held, refused: [REFUSED], mayTick: new Set(['look', 'unignore']) })).toEqual([
      expect.stringContaining('tick unignore'),
    ])
  })
})

describe('ticks', () => {
  const tick = (what: Tick['what'], branch: string, version: string): Tick => ({ what, branch, version })
  const ticked = (lines: readonly string[]) => embed('', lines.join('\n').replaceAll('- [ ]', '- [x]'), '')

  test.each([
    tick('look', '', ''),
    tick('open', 'windlass/dev/beacon', '1.1.0'),
    tick('promote', 'windlass/prod/beacon', 'v1.1.0+build.7'),
    tick('unignore', 'windlass/rollback/dev/beacon', ''),
    tick('retry', 'windlass/dev/beacon', 'stable --> - [x] "é'),
  ])('a box of ours that is ticked is read as it was meant: $what $version', wanted => {
    expect(readTicks(embed('', box(wanted, 'text').join('\n'), ''))).toEqual([])
    expect(readTicks(ticked(box(wanted, 'text')))).toEqual([wanted])
  })

  test('a large X and line ends of a browser are as good, and the same box twice counts once', () => {
    const [line = ''] = box(tick('look', '', ''), 'text')
    const body = embed('', `one\n${line.replace('[ ]', '[X]')}\n${line.replace('[ ]', '[x]')}`, '')
    expect(readTicks(body.replaceAll('\n', '\r\n'))).toEqual([tick('look', '', '')])
  })

  test.each([
    ['outside our markers', (line: string) => `${line}\n${embed('', 'ours', '')}\n${line}`],
    ['without markers', (line: string) => line],
    ['behind a space', (line: string) => embed('', `one\n ${line}`, '')],
    ['in a quote', (line: string) => embed('', `> ${line}`, '')],
    ['with another bullet', (line: string) => embed('', line.replace('- ', '* '), '')],
    ['with another mark', (line: string) => embed('', line.replace('[x]', '[y]'), '')],
    ['with another verb', (line: string) => embed('', line.replace('tick open', 'tick approve'), '')],
    ['with a branch that is none of ours', (line: string) => embed('', line.replace('windlass/dev', 'main'), '')],
    ['with a word too many', (line: string) => embed('', line.replace(' -->', ' more -->'), '')],
    ['without its branch', (line: string) => embed('', line.replace(' windlass/dev/beacon 1.1.0', ''), '')],
    ['with a version that cannot be read', (line: string) => embed('', line.replace('1.1.0', '%E0%A4'), '')],
  ])('a line %s is no tick', (_, put) => {
    const [line = ''] = box(tick('open', 'windlass/dev/beacon', '1.1.0'), 'text')
    expect(readTicks(put(line.replace('[ ]', '[x]')))).toEqual([])
  })

  test('looking again is about everything: with a branch it is no tick', () => {
    expect(readTicks(embed('', '- [x] <!-- windlass:tick look windlass/dev/beacon --> x', ''))).toEqual([])
  })

  test('a version too long for a box gets none', () => {
    expect(box(tick('open', 'windlass/dev/beacon', 'é'.repeat(51)), 'text')).toEqual([])
    expect(box(tick('open', 'windlass/dev/beacon', 'é'.repeat(50)), 'text')).toHaveLength(1)
  })
})

describe('hostile names', () => {
  const EVIL =
    '<!-- windlass:end -->\n- [x] <!-- windlass:tick open windlass/prod/beacon --> @all #1 [x](http://evil.example) | </details> `'
  const evil = { component: EVIL, environment: EVIL, from: EVIL }
  const body = textOf({
    outcomes: [
      { ...planned(), ...evil },
      { ...standsAt('dev', '1.0.0'), ...evil, environment: 'dev' },
      { ...standsAt('prod', '1.1.0'), component: EVIL, environment: 'prod' },
    ],
    held: [
      { ...waitsIn('prod', { because: 'limit', reason: EVIL }), to: EVIL },
      { ...waitsIn('prod', { because: 'age', reason: EVIL }), outcome: { ...planned(), ...evil } },
    ],
    proposals: [
      aProposal({
        labels: [EVIL],
        humanCommit: { sha: EVIL, author: EVIL },
        memory: aMemory({ component: EVIL, environment: EVIL, to: EVIL }),
      }),
    ],
    refused: [{ ...REFUSED, component: EVIL, environment: EVIL, by: EVIL, version: EVIL, at: EVIL }],
    watched: new Map([
      [
        EVIL,
        [
          {
            component: EVIL,
            environment: EVIL,
            version: EVIL,
            health: { ...FAILED, evidence: [{ ...RED, name: EVIL, says: EVIL }] },
          },
        ],
      ],
    ]),
    problems: [{ file: EVIL, line: 1, reason: EVIL }],
  })

  test('make no line, box or marker of ours', () => {
    expect(readTicks(embed('', body, ''))).toEqual([])
    expect(body).not.toContain('<!-- windlass:end')
    expect(
      body.split('\n').filter(line => line.includes('- [x]') && !line.startsWith('- ') && !line.startsWith('|')),
    ).toEqual([])
  })

  test('make no link, mention or HTML of their own', () => {
    const links: string[] = []
    const html: string[] = []
    const texts: string[] = []
    walkTokens(lexer(body), (token: Token) => {
      if (token.type === 'link') links.push((token as Tokens.Link).href)
      if (token.type === 'html') html.push(token.raw.trim())
      if (token.type === 'text' && !('tokens' in token)) texts.push(token.raw)
    })
    expect(links.filter(href => !/^\.\.\/(pull\/\d+|commit\/[0-9a-f]{40})$/.test(href))).toEqual([])
    expect(
      html.filter(
        raw =>
          !/^(<!-- windlass:tick [^<>]* -->|<\/?details>|<details><summary>[\w ,]*<\/summary>|<\/?code>)/.test(raw),
      ),
    ).toEqual([])
    expect(texts.join('\n')).not.toMatch(/@all|#1\b/)
  })

  test('a secret in a reason is not shown', () => {
    const held = [waitsIn('prod', { reason: 'the registry answers: token ghp_0123456789abcdefghijklmnopqrstuvwxyz' })]
    expect(textOf({ held })).not.toContain('ghp_0123')
  })
})

describe('room', () => {
  const many = Array.from({ length: 2_000 }, (_, i) => ({
    ...waitsIn('prod', {
      because: (['limit', 'age', 'soak', 'blocked', 'schedule'] as const)[i % 5] ?? 'age',
      reason: 'r'.repeat(250),
    }),
    outcome: { ...planned(aPlan({ branch: `windlass/prod/c${i}` })), component: `component-${i}`, environment: 'prod' },
  }))
  const view = aView({
    held: many,
    outcomes: many.flatMap(({ outcome }) => [outcome, { ...outcome, environment: 'dev', from: '0.9.0' }]),
    proposals: Array.from({ length: 500 }, (_, i) => aProposal({ number: i + 1, branch: `windlass/dev/c${i}` })),
    refused: Array.from({ length: 500 }, (_, i) => ({ ...REFUSED, branch: `windlass/dev/r${i}` })),
    problems: Array.from({ length: 500 }, (_, i) => ({ file: `f${i}.yaml`, line: 1, reason: 'x'.repeat(300) })),
  })

  test('a very long dashboard fits, and every list says how much is left out', () => {
    const { body } = dashboard(view)
    expect(body.length).toBeLessThanOrEqual(56_000)
    for (const title of headings(body)) expect(section(body, title).join('\n')).toMatch(/… and \d+ more/)
    expect(headings(body)[0]).toBe('What you can do here')
  })

  test('no box and no fold is cut', () => {
    const { body } = dashboard(view)
    const boxes = body.split('\n').filter(line => line.startsWith('- [ ]'))
    expect(boxes.length).toBeGreaterThan(50)
    expect(boxes.filter(line => readTicks(embed('', line.replace('[ ]', '[x]'), '')).length !== 1)).toEqual([])
    expect(body.match(/<details>/g)).toHaveLength(body.match(/<\/details>/g)?.length ?? 0)
  })

  test('what people wrote takes its room from us', () => {
    const found = aBoard({ body: embed('', 'ours', 'note').concat('h'.repeat(40_000)) })
    const room = roomIn(found)
    expect(room).toBeLessThan(16_000)
    expect(room).toBeGreaterThan(15_800)
    expect(dashboard({ ...view, room }).body.length).toBeLessThanOrEqual(room)
    expect(roomIn(null)).toBe(56_000)
  })
})

describe('whether the issue says it already', () => {
  const view = aView({ outcomes: [standsAt('dev', '1.1.0')] })
  const { body } = dashboard(view)
  const found = aBoard({ body: `Ours is the middle.\r\n${embed('', body, '<!-- windlass:note -->')}` })
  const noted = {
    body: embed('', body, writeDashboardMemory(aBoard().memory, { key: 'k', repository: 'acme/gitops' })),
  }

  test('with its note, with what people wrote around it, and with the line ends of a browser', () => {
    expect(says(noted, body)).toBe(true)
    expect(says({ body: `Ours.\n${noted.body}\nTheirs.`.replaceAll('\n', '\r\n') }, body)).toBe(true)
  })

  test('at another commit of the same day: yes; on another day: no', () => {
    expect(says(noted, dashboard({ ...view, commit: 'd'.repeat(40) }).body)).toBe(true)
    expect(says(noted, dashboard({ ...view, now: new Date('2026-02-02T00:00:00Z') }).body)).toBe(false)
  })

  test('a ticked box, another line, or no markers: no', () => {
    expect(says({ body: noted.body.replace('- [ ]', '- [x]') }, body)).toBe(false)
    expect(says(noted, dashboard({ ...view, outcomes: [standsAt('dev', '1.2.0')] }).body)).toBe(false)
    expect(says({ body }, body)).toBe(false)
    expect(says(found, '')).toBe(false)
  })
})

describe('the memory of the dashboard', () => {
  const where = { key: 'k'.repeat(32), repository: 'acme/gitops' }
  const grant = (i: number): Grant => ({
    by: 'dashboard',
    at: '2026-02-01T12:00:00.000Z',
    reason: '',
    what: 'open',
    branch: `windlass/dev/c${i}`,
    version: '1.1.0',
  })
  const memory = { version: 1 as const, generation: 4, granted: [grant(1)], closed: 'switched off' }

  test('what was written is read again', () => {
    expect(readDashboardMemory(`text\n${writeDashboardMemory(memory, where)}\ntext`, where)).toEqual(memory)
  })

  test.each([
    ['another key', { ...where, key: 'other' }],
    ['another repository', { ...where, repository: 'evil/gitops' }],
  ])('a note signed with %s is nothing', (_, other) => {
    expect(readDashboardMemory(writeDashboardMemory(memory, other), where)).toBeNull()
  })

  test('the note of a pull request is no note of the dashboard, and the other way round', () => {
    const binding = { ...where, branch: '' }
    expect(readDashboardMemory(writeMemory(aMemory(), binding), where)).toBeNull()
    expect(readMemory(writeDashboardMemory(memory, where), binding)).toBeNull()
    const renamed = writeMemory(aMemory(), binding).replace('windlass:memory', 'windlass:dashboard')
    expect(readDashboardMemory(renamed, where)).toBeNull()
  })

  test('of more grants than a note can carry the newest are kept, and it is read again', () => {
    const granted = Array.from({ length: 300 }, (_, i) => grant(i))
    const read = readDashboardMemory(writeDashboardMemory({ ...memory, granted }, where), where)
    expect(read?.granted.length).toBeGreaterThan(20)
    expect(read?.granted).toEqual(granted.slice(-(read?.granted.length ?? 0)))
  })
})
