import { lexer, type Token, type Tokens, walkTokens } from 'marked'
import { describe, expect, test } from 'vitest'
import type { Assessed, Evidence, Fact, Finding, Plan } from '../src/model.ts'
import { because, labels, title, wording } from '../src/report/index.ts'
import { embed, readMemory, writeMemory } from '../src/report/memory.ts'
import { body, check } from '../src/report/pull-request.ts'
import { planText, scanText } from '../src/report/terminal.ts'
import { aMemory, aMigration, aPin, aPlan, aProposal, aRelease, current, planned, unplanned } from './support/plans.ts'

const NO_HOLD = { hold: null }

/** The body of a plan on which nobody has said anything. */
function bodyOf(plan: Plan): string {
  return body(plan, NO_HOLD)
}

const assessed = aPlan().assessed

function byRules(level: Assessed['final'], fallback: string | null = null): Assessed {
  return { ...assessed, floor: level, final: level, fallback }
}

function record(id: number, text: string, origin = 'comparison'): Evidence {
  return { id: `E${id}`, kind: 'fact', origin, trust: 'tool', text }
}

function note(id: number, origin: string, text: string): Evidence {
  return { id: `E${id}`, kind: 'note', origin, trust: 'upstream', text }
}

function finding(rule: string, severity: Finding['severity'], says: string, ...evidence: string[]): Finding {
  return { rule, severity, says, file: null, line: null, evidence }
}

const KILN = { apiVersion: 'fire.example.com/v1beta1', kind: 'Kiln', namespace: 'studio', environment: 'dev' }
const CRD = 'kilns.fire.example.com'
const IMAGE = 'registry.example.com/beacon/beacon'
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'beacon', name: 'beacon' }

/** What goes away, breaks, is renamed and changes in the cluster: a major step that matters. */
const GRAVE_FACTS: readonly Fact[] = [
  { kind: 'version-step', from: '1.9.0', to: '2.0.0', step: 'major', noted: true },
  { kind: 'version-removed', crd: CRD, path: 'v1beta1', detail: 'version v1beta1 is removed (it was served, stored)' },
  {
    kind: 'resource',
    resource: { ...KILN, name: 'big', file: 'dev/kilns.yaml', document: 0, line: 1 },
    status: 'broken',
    why: [{ kind: 'version-removed', path: 'v1beta1', detail: `version v1beta1 of ${CRD} is removed; served is v1` }],
  },
  {
    kind: 'resource',
    resource: {
      ...KILN,
      apiVersion: 'fire.example.com/v1',
      name: 'small',
      file: 'dev/kilns.yaml',
      document: 1,
      line: 9,
    },
    status: 'valid',
    why: [],
  },
  {
    kind: 'value',
    key: 'controller.syncPeriod',
    status: 'renamed',
    effect: 'unknown',
    to: 'controller.resyncPeriod',
    file: 'dev/beacon.yaml',
    line: 22,
    detail: 'no template of 2.0.0 reads it',
  },
  {
    kind: 'object-changed',
    object: DEPLOYMENT,
    changes: [{ path: 'spec.template.spec.containers[0].image', from: `${IMAGE}:1.9.0`, to: `${IMAGE}:2.0.0` }],
  },
  { kind: 'object-removed', object: { ...DEPLOYMENT, kind: 'Service', name: 'beacon-old', apiVersion: 'v1' } },
  { kind: 'objects-labels-only', objects: [DEPLOYMENT, DEPLOYMENT] },
  { kind: 'image-changed', object: DEPLOYMENT, from: `${IMAGE}:1.9.0`, to: `${IMAGE}:2.0.0` },
]

const GRAVE = aPlan(
  {
    upgrade: {
      ...aPlan().upgrade,
      from: '1.9.0',
      to: aRelease('2.0.0', { appVersion: 'v2.0.0' }),
      available: ['2.1.0', '2.0.0', '1.9.1'],
    },
    findings: [
      finding(
        'resource-broken',
        'critical',
        `Kiln/big (dev/kilns.yaml:1) stops working as fire.example.com/v1beta1`,
        'E3',
      ),
      finding('value-renamed', 'high', 'controller.syncPeriod (dev/beacon.yaml:22) has no effect any more', 'E5'),
      finding('version-step', 'medium', '1.9.0 -> 2.0.0 is a major step', 'E1'),
      finding(
        'version-removed',
        'medium',
        `${CRD}: version v1beta1 is removed; the API server may refuse the CRD`,
        'E2',
      ),
      finding('object-removed', 'medium', 'Service/beacon-old in beacon goes away', 'E7'),
    ],
    floor: 'critical',
    assessed: {
      ...byRules('critical', 'no language model is configured'),
      document: { ...assessed.document, notCovered: ['1 release note of the chart was not read by a model'] },
    },
    evidence: [
      ...GRAVE_FACTS.map((_, i) => record(i + 1, `fact ${i + 1}`)),
      note(10, 'chart beacon 2.0.0: CHANGELOG.md, 2.0.0', '## 2.0.0\n- `syncPeriod` is called `resyncPeriod`.'),
    ],
    edits: [{ place: { ...aPin('1.9.0').place, line: 9 }, from: '1.9.0', to: '2.0.0' }],
    crdDelivery: 'yes: the chart renders its CRDs with its other objects',
    rollback: { possible: false, says: 'not by reverting alone: roll forward' },
    todo: ['rename `controller.syncPeriod` to `controller.resyncPeriod` in dev/beacon.yaml:22'],
    unknown: ['the Kubernetes version of dev: not in the policy'],
  },
  GRAVE_FACTS,
)

test('the body of an upgrade that matters says why, what is done, what is left to do, and what is not known', () => {
  expect(bodyOf(GRAVE)).toBe(`## Critical: 1 resource of yours stops working with this version
**beacon 1.9.0 → 2.0.0** in **dev** · \`https://charts.example.com\` · app \`v2.0.0\` · newer still: \`2.1.0\`

| | |
|---|---|
| Why critical | \`Kiln/big\`: \`fire.example.com/v1beta1\` is removed \`E3\` |
| Also | 1\\.9.0 -&gt; 2.0.0 is a major step \`E1\`<br>Service/beacon-old in beacon goes away \`E7\` |
| Done in this PR | \`dev/beacon.yaml:9\` \`1.9.0\` → \`2.0.0\` |
| You must still | rename \`controller.syncPeriod\` to \`controller.resyncPeriod\` in dev/beacon.yaml:22 |
| Not known | the Kubernetes version of dev: not in the policy<br>1 release note of the chart was not read by a model |
| CRDs will be applied | yes: the chart renders its CRDs with its other objects |
| Rollback | not by reverting alone: roll forward |

### Your custom resources (2 use these CRDs)
| resource | file | with this version |
|---|---|---|
| Kiln/big | \`dev/kilns.yaml:1\` | **breaks**: \`fire.example.com/v1beta1\` is removed \`E3\` |
| Kiln/small | \`dev/kilns.yaml:9\` | valid \`E4\` |

### Values you set (1 difference)
| value | file | with this version |
|---|---|---|
| \`controller.syncPeriod\` | \`dev/beacon.yaml:22\` | renamed to \`controller.resyncPeriod\`: no template of 2.0.0 reads it \`E5\` |

### CRDs
- \`kilns.fire.example.com\`: version v1beta1 is removed; the API server may refuse the CRD \`E2\`

### What changes in the cluster
1 object changes, 1 goes away, 2 differ only in labels. Gone: \`Service/beacon/beacon-old\` \`E7\`. Images: \`registry.example.com/beacon/beacon:1.9.0\` → \`registry.example.com/beacon/beacon:2.0.0\` \`E9\`.

<details><summary>Rendered diff (4 lines)</summary>

\`\`\`diff
  Deployment/beacon
-   spec.template.spec.containers[0].image: "registry.example.com/beacon/beacon:1.9.0"
+   spec.template.spec.containers[0].image: "registry.example.com/beacon/beacon:2.0.0"
- Service/beacon-old
\`\`\`
</details>

<details><summary>Release notes, word for word (1)</summary>

\`E10\` chart beacon 2.0.0: CHANGELOG.md, 2.0.0
\`\`\`
## 2.0.0
- \`syncPeriod\` is called \`resyncPeriod\`.
\`\`\`
</details>

### How this was decided
The rules say critical; no language model is configured. Both versions were rendered with your values at \`cccccccccccc\`.

<details><summary>Evidence E1 … E10</summary>

- \`E1\` fact 1
- \`E2\` fact 2
- \`E3\` fact 3
- \`E4\` fact 4
- \`E5\` fact 5
- \`E6\` fact 6
- \`E7\` fact 7
- \`E8\` fact 8
- \`E9\` fact 9
- \`E10\` chart beacon 2.0.0: CHANGELOG.md, 2.0.0: see the release notes
</details>

---
\`/windlass hold\` pauses · \`/windlass rebase\` redoes it · \`/windlass ignore version\` or closing this pull request refuses this version · \`/windlass help\``)
})

const QUIET_FACTS: readonly Fact[] = [
  { kind: 'version-step', from: '1.0.0', to: '1.0.1', step: 'patch', noted: true },
  {
    kind: 'object-changed',
    object: DEPLOYMENT,
    changes: [{ path: 'spec.template.spec.containers[0].image', from: `${IMAGE}:1.0.0`, to: `${IMAGE}:1.0.1` }],
  },
  { kind: 'image-changed', object: DEPLOYMENT, from: `${IMAGE}:1.0.0`, to: `${IMAGE}:1.0.1` },
]

test('the body of an upgrade that does not matter is one short screen', () => {
  const quiet = aPlan(
    { unknown: ['release notes of 1.1.0: none in the chart'], evidence: [record(1, 'a patch step')] },
    QUIET_FACTS,
  )
  expect(bodyOf(quiet)).toBe(`## Low: nothing you use changes
**beacon 1.0.0 → 1.1.0** in **dev** · \`https://charts.example.com\`

1 object changes. Images: \`registry.example.com/beacon/beacon:1.0.0\` → \`registry.example.com/beacon/beacon:1.0.1\` \`E3\`.
CRDs do not change. Rollback: revert this pull request.
Not known: release notes of 1.1.0: none in the chart.

<details><summary>Rendered diff (3 lines)</summary>

\`\`\`diff
  Deployment/beacon
-   spec.template.spec.containers[0].image: "registry.example.com/beacon/beacon:1.0.0"
+   spec.template.spec.containers[0].image: "registry.example.com/beacon/beacon:1.0.1"
\`\`\`
</details>

The rules say low. Both versions were rendered with your values at \`cccccccccccc\`.

<details><summary>Evidence E1 … E1</summary>

- \`E1\` a patch step
</details>

---
\`/windlass hold\` pauses · \`/windlass rebase\` redoes it · \`/windlass ignore version\` or closing this pull request refuses this version · \`/windlass help\``)
})

describe('the body never says safe by silence', () => {
  test('findings of a quiet upgrade are told, and the headline does not say that nothing changes', () => {
    const says = 'Deployment/beacon in beacon changes in ways that no rule speaks about'
    const text = bodyOf(aPlan({ findings: [finding('object-changed', 'low', says, 'E2')] }, QUIET_FACTS))
    expect(text).toContain('## Low: nothing you use breaks\n')
    expect(text).toContain(`- ${says} \`E2\`\n`)
  })

  test('what was not rendered is not called the same, nor rendered', () => {
    const text = bodyOf(aPlan({}, [{ kind: 'not-rendered', reason: 'values of beacon were left out' }]))
    expect(text).toContain('Not known in full, because not everything could be rendered.')
    expect(text).not.toContain('render to the same objects')
    expect(text).not.toContain('were rendered with your values')
  })

  test('an image is not called rendered', () => {
    const source = { type: 'docker', url: 'docker.io/library/nginx', chart: null } as const
    const text = bodyOf(aPlan({ upgrade: { ...aPlan().upgrade, source } }))
    expect(text).toContain('Only the tag of an image changes here: what it does was not analysed.')
    expect(text).not.toContain('were rendered')
  })

  test('no difference at all is said in words', () => {
    expect(bodyOf(aPlan())).toContain('Both versions render to the same objects.')
  })

  test('a claim of a model that could not be proved is counted', () => {
    const plan = aPlan({ assessed: { ...assessed, dropped: ['a quote that stands nowhere'] } })
    expect(bodyOf(plan)).toContain('1 claim of the model could not be proved and was left out.')
  })
})

test('resources that break for the same reason share a sentence, and so do CRDs that change alike', () => {
  const kilns = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(
    (name, i): Fact => ({
      kind: 'resource',
      resource: { ...KILN, name, file: 'dev/kilns.yaml', document: i, line: i + 1 },
      status: 'broken',
      why: [{ kind: 'version-removed', path: 'v1beta1', detail: 'version v1beta1 is removed' }],
    }),
  )
  const crds = ['kilns', 'moulds'].map(
    (name): Fact => ({
      kind: 'version-removed',
      crd: `${name}.fire.example.com`,
      path: 'v1beta1',
      detail: 'version v1beta1 is removed',
    }),
  )
  const findings = kilns.map((_, i) => finding('resource-broken', 'critical', `kiln ${i} breaks`, `E${i + 1}`))
  const text = bodyOf(aPlan({ findings, floor: 'critical', assessed: byRules('critical') }, [...kilns, ...crds]))
  expect(text).toContain(
    '| Why critical | `Kiln/a`, `Kiln/b`, `Kiln/c`, `Kiln/d`, `Kiln/e` and 2 more: `fire.example.com/v1beta1` is removed `E1` `E2` `E3` `E4` `E5` `E6` +1 |\n',
  )
  expect(text).toContain(
    '- `kilns.fire.example.com`, `moulds.fire.example.com`: version v1beta1 is removed `E8` `E9`\n',
  )
})

describe('what a model read', () => {
  const quote = 'Drop support for v1beta1'
  const item = {
    id: 'I1',
    category: 'crd_change',
    severity: 'major' as const,
    appliesToRepo: 'yes' as const,
    statement: 'The old API goes away',
    cites: [{ e: 'E2', quote }],
  }
  const raised: Assessed = {
    ...assessed,
    assessor: 'gpt-test',
    modelLevel: 'high',
    final: 'high',
    document: {
      ...assessed.document,
      risk: { level: 'high', confidence: 'medium', why: [{ e: 'E2', quote }] },
      items: [item, { ...item, id: 'I2', appliesToRepo: 'no', statement: 'Windows nodes need a restart' }],
      questions: ['Is the webhook used?'],
    },
  }
  const plan = aPlan({ assessed: raised }, QUIET_FACTS)

  test('stands apart from what the rules found, with its quotes, and says that it raised the risk', () => {
    const text = bodyOf(plan)
    expect(text).toContain('## High: the rules alone say low; a model found more in the evidence\n')
    expect(text).toContain('| Why high | the rules say low; `gpt-test` proved more, see what it read below `E2` |\n')
    expect(text).toContain(
      [
        '### What `gpt-test` read in the evidence (a summary that nobody vouches for)',
        '- The old API goes away: “Drop support for v1beta1” `E2`',
        '- It asks: Is the webhook used?',
        '',
        '<details><summary>1 item that it says do not apply here</summary>',
      ].join('\n'),
    )
    expect(text).toContain('The rules say low; `gpt-test` raised it to high, with quotes that stand in the evidence.')
  })

  test('is left out where it only repeats a rule', () => {
    const findings = [finding('crd', 'high', 'The old API goes away', 'E1')]
    expect(bodyOf(aPlan({ findings, assessed: raised }, QUIET_FACTS))).not.toContain('- The old API goes away: “')
  })
})

describe('title and labels', () => {
  test.each([
    ['patch', 'low', 'fix(beacon): upgrade beacon 1.0.0 → 1.1.0 in dev'],
    ['minor', 'medium', 'feat(beacon): upgrade beacon 1.0.0 → 1.1.0 in dev'],
    ['minor', 'critical', 'feat(beacon)!: upgrade beacon 1.0.0 → 1.1.0 in dev'],
    ['major', 'high', 'feat(beacon)!: upgrade beacon 1.0.0 → 1.1.0 in dev'],
  ] as const)('of a %s step with risk %s', (step, risk, expected) => {
    const plan = aPlan({ assessed: byRules(risk), labels: ['dependencies', 'team-a'] }, [
      { kind: 'version-step', from: '1.0.0', to: '1.1.0', step, noted: true },
    ])
    expect(title(plan)).toBe(expected)
    expect(labels(plan)).toEqual(['dependencies', 'team-a', `type/${step}`, `risk/${risk}`, 'env/dev'])
  })

  test('without an environment and a comparable step say neither, and no label stands twice', () => {
    const plan = aPlan({ upgrade: { ...aPlan().upgrade, environment: null }, labels: ['a', 'a'] })
    expect(title(plan)).toBe('fix(beacon): upgrade beacon 1.0.0 → 1.1.0')
    expect(labels(plan)).toEqual(['a', 'risk/low'])
  })

  test('a long name of an environment keeps the label within the 50 characters that GitHub takes', () => {
    const plan = aPlan({ upgrade: { ...aPlan().upgrade, environment: 'e'.repeat(100) } })
    expect(labels(plan).at(-1)).toHaveLength(50)
  })

  test('a held pull request has the label and says who holds it, and why', () => {
    const hold = { by: 'ada', at: '2026-02-01T00:00:00Z', reason: 'incident <b>12</b>' }
    const held = wording.pullRequest(aPlan(), aMemory({ hold }))
    expect(held.labels).toContain('windlass/hold')
    expect(held.body).toContain('> **On hold** by `ada` since `2026-02-01T00:00:00Z`: incident &lt;b&gt;12&lt;/b&gt;.')
  })
})

const BINDING = { key: 'k'.repeat(32), repository: 'acme/gitops', branch: 'windlass/dev/beacon' }

/** Control characters and marks that turn the direction of text; a line end is neither. */
const STEERING = /(?!\n)[\p{Cc}\u202e]/u

const HOSTILE = [
  '<!-- windlass:end -->',
  '<!-- windlass:memory e30.AAAA -->',
  '</details><img src="https://canary.example.test/x.png">',
  '![x](https://canary.example.test/x.png)',
  '[click](https://evil.example.test)',
  'https://evil.example.test/a',
  '@octocat and @acme/admins, closes #1 and GH-2',
  'a | b `c` ``d`` ``` e',
  '\n# heading\n\n- item\n```\n/merge\n',
  '| a |\n|---|\n| b |',
  '\u001b[31mred\u202e\u0000',
].join(' ')

/** A plan in which every text that a stranger can choose is hostile. */
function hostilePlan(text: string): Plan {
  const object = { apiVersion: text, kind: text, namespace: text, name: text }
  const facts: readonly Fact[] = [
    { kind: 'schema-changed', crd: text, path: text, detail: text },
    {
      kind: 'resource',
      resource: { ...KILN, kind: text, name: text, apiVersion: text, file: text, document: 0, line: 1 },
      status: 'broken',
      why: [
        { kind: 'version-removed', path: text, detail: text },
        { kind: 'required', path: text, detail: text },
      ],
    },
    { kind: 'value', key: text, status: 'renamed', effect: 'unknown', to: text, file: text, line: 2, detail: text },
    { kind: 'object-added', object },
    { kind: 'object-removed', object },
    { kind: 'object-changed', object, changes: [{ path: text, from: text, to: { [text]: text } }] },
    { kind: 'image-changed', object, from: text, to: text },
    { kind: 'render-failed', side: 'after', install: text, reason: text },
  ]
  const item = {
    id: 'I1',
    category: 'x',
    severity: 'major',
    appliesToRepo: 'yes',
    statement: text,
    cites: [{ e: 'E1', quote: text }],
  } as const
  return aPlan(
    {
      upgrade: {
        ...aPlan().upgrade,
        component: text,
        environment: text,
        source: { type: 'helm', url: text, chart: `${text} chart` },
        from: text,
        to: aRelease(text, { appVersion: text }),
        available: [text, '9.9.9'],
        path: [
          { to: text, because: text, source: text },
          { to: text, because: null, source: null },
        ],
      },
      findings: [
        finding('x', 'high', text, 'E1'),
        finding('y', 'medium', text, 'E8'),
        finding('resource-broken', 'high', text, 'E2'),
      ],
      assessed: {
        ...assessed,
        assessor: text,
        modelLevel: 'high',
        floor: 'high',
        final: 'high',
        document: {
          ...assessed.document,
          items: [item, { ...item, appliesToRepo: 'no' }],
          questions: [text],
          notCovered: [text],
        },
      },
      evidence: [...facts.map((_, i) => record(i + 1, text)), note(9, text, text)],
      edits: [{ place: { ...aPin('1').place, file: text }, from: text, to: text }],
      migrations: [true, false].map(mechanical =>
        aMigration({
          file: text,
          what: text,
          mechanical,
          why: text,
          source: text,
          todo: [text],
          notes: [text],
          before: text,
          after: text,
        }),
      ),
      crdDelivery: text,
      rollback: { possible: false, says: text },
      todo: [text, `rename \`${text}\` to \`${text}\` in ${text}:1`],
      unknown: [text],
    },
    facts,
  )
}

/** Every address, image, mention, reference, heading and piece of HTML that a reader's browser would act on. */
function live(markdown: string): readonly string[] {
  const found: string[] = []
  walkTokens(lexer(markdown, { gfm: true }), (token: Token) => {
    if (token.type === 'link' || token.type === 'image') found.push(token.raw)
    if (token.type === 'html') found.push(token.raw.trim())
    if (token.type === 'heading') found.push(`#${token.depth}`)
    const shown = token.type === 'text' && !('tokens' in token && token.tokens) ? token.raw : ''
    if (/@\w|(?<!&)#\d|GH-\d|:\/\//.test(shown)) found.push(shown)
  })
  return found
}

describe('hostile text', () => {
  const text = bodyOf(hostilePlan(HOSTILE))

  test('never becomes live: no link, image, mention, reference, heading or HTML but our own', () => {
    const ours = /^(?:#[23]|<br>|<\/?code>|<\/details>|<details><summary>[^<>]*<\/summary>)$/
    const foreign = live(text)
      .flatMap(token => token.split('\n'))
      .filter(token => token !== '' && !ours.test(token))
    expect(foreign).toEqual([])
  })

  test('keeps the rows of every table as wide as its head', () => {
    const tables = lexer(text, { gfm: true }).filter((token): token is Tokens.Table => token.type === 'table')
    expect(tables).toHaveLength(4)
    const widths = tables.map(table => table.rows.map(row => row.length))
    expect(widths[0]).toEqual(Array.from({ length: 8 }, () => 2))
    expect(widths.slice(1)).toEqual([[3], [3], [3]])
    // GFM drops cells that are too many, so count the bars that are not escaped, too.
    const rows = tables.flatMap(({ raw }) => raw.trim().split('\n'))
    const bars = rows.map(row => row.replace(/\\\|/g, '').split('|').length - 1)
    expect(new Set(bars)).toEqual(new Set([3, 4]))
  })

  test('leaves folds and fences closed, and the controls at the end', () => {
    expect(text.match(/^<details>/gm)?.length).toBe(text.match(/^<\/details>$/gm)?.length)
    const last = lexer(text, { gfm: true }).at(-1)
    expect(last).toMatchObject({ type: 'paragraph' })
    expect(last?.raw).toMatch(/^`\/windlass hold` pauses/)
  })

  test('never ends our part of a body, and never stands in for our memory', () => {
    const memory = aMemory()
    const first = embed('', text, writeMemory(memory, BINDING))
    expect(readMemory(first, BINDING)).toEqual(memory)
    const human = `Mine, above.\n\n${first}\n\nMine, below.`
    const second = embed(human, 'short', writeMemory(memory, BINDING))
    expect(second).toBe(`Mine, above.\n\n${embed('', 'short', writeMemory(memory, BINDING))}\n\nMine, below.`)
  })

  test('leaves no hidden characters, and no command at the start of a line', () => {
    expect(text).not.toMatch(STEERING)
    expect(text).not.toMatch(/^\/\w/m)
  })

  test('is no mention, reference or second line in a title, a message or a label', () => {
    const plan = hostilePlan(HOSTILE)
    const { title, labels } = wording.pullRequest(plan, aMemory())
    for (const line of [title, wording.message(plan), ...labels]) expect(line).not.toMatch(/[@#`<>|[\]\p{Cc}]/u)
    expect(title.length, 'GitHub takes 256').toBeLessThanOrEqual(256)
  })

  test('is plain in the title of the check, and harmless in its summary', () => {
    const { title, summary } = check(hostilePlan(HOSTILE))
    expect(title.length).toBeLessThanOrEqual(250)
    expect(title).not.toContain('\n')
    expect(live(summary).filter(token => token !== '<br>' && !/^<\/?code>$/.test(token))).toEqual([])
  })

  test('is harmless in the reason for which a pull request is closed', () => {
    const { body } = wording.closed(aProposal({ body: embed('', 'ours', writeMemory(aMemory(), BINDING)) }), HOSTILE)
    expect(live(body.split('\n')[0] ?? '')).toEqual([])
    expect(body.endsWith('\n\nours')).toBe(true)
  })
})

describe('an enormous upgrade', () => {
  const MANY = 5_000
  const facts = Array.from({ length: MANY }, (_, i): Fact => {
    if (i % 3 === 0)
      return {
        kind: 'resource',
        resource: { ...KILN, name: `kiln-${i}`, file: `dev/kilns-${i}.yaml`, document: 0, line: 1 },
        status: 'broken',
        why: [{ kind: 'required', path: `spec.field${i}`, detail: `field ${i} is required ${'|'.repeat(300)}` }],
      }
    if (i % 3 === 1)
      return {
        kind: 'value',
        key: `key${i}`,
        status: 'removed',
        effect: 'unknown',
        to: null,
        file: 'v.yaml',
        line: i,
        detail: '',
      }
    return {
      kind: 'object-changed',
      object: { ...DEPLOYMENT, name: `d${i}` },
      changes: [{ path: 'spec', from: i, to: '|'.repeat(500) }],
    }
  })
  const findings = facts.map((_, i) => finding('resource-broken', 'critical', `thing ${i} breaks`, `E${i + 1}`))
  const big = aPlan(
    {
      findings,
      floor: 'critical',
      assessed: byRules('critical'),
      evidence: facts.map((_, i) => record(i + 1, `password: hunter2-${i} ${'<'.repeat(300)}`)),
      edits: findings.map((_, i) => ({ place: aPin('1').place, from: `${i}`, to: '2' })),
      migrations: facts.map((_, i) => aMigration({ what: `Oven/oven-${i}`, mechanical: i % 2 === 0 })),
      todo: findings.map(({ says }) => says),
      unknown: findings.map(({ says }) => says),
    },
    facts,
  )
  const text = bodyOf(big)

  test('has a body that GitHub takes, with the controls at its end and every fold closed', () => {
    expect(text.length).toBeLessThan(58_000)
    expect(text.endsWith('`/windlass help`')).toBe(true)
    expect(text.match(/^<details>/gm)?.length).toBe(text.match(/^<\/details>$/gm)?.length)
    for (const heading of [
      'custom resources (1667',
      'Values you set (1667',
      'What changes in the cluster',
      'How this was decided',
    ])
      expect(text).toContain(heading)
  })

  test('says in each section how much is left out', () => {
    const left = [...text.matchAll(/(?:… and|and|…) (\d+) more/g)].map(([, n]) => Number(n))
    expect(left.length).toBeGreaterThanOrEqual(7)
    for (const n of left) expect(n).toBeGreaterThan(1000)
    const rows = text.split('\n').filter(line => line.startsWith('| Kiln/')).length
    expect(text).toContain(`| … and ${1667 - rows} more in \`windlass plan --json\` | | |`)
  })

  test('has evidence for what it cites first', () => {
    const [above = '', list = ''] = text.split('<summary>Evidence')
    const [cited] = [...above.matchAll(/`(E\d+)`/g)].map(([, id]) => id)
    expect(list).toContain(`- \`${cited}\` `)
  })

  test('has a summary for the check that GitHub takes', () => {
    expect(check(big).summary.length).toBeLessThan(60_000)
  })
})

test('secrets in a body are hidden', () => {
  const text = bodyOf(aPlan({ todo: ['make beacon render: password: correct-horse-battery'] }))
  expect(text).not.toContain('correct-horse-battery')
  expect(text).toContain('[redacted]')
})

test('a long list is shown around its first difference', () => {
  const rules = Array.from({ length: 40 }, (_, i) => `rule-${i}`)
  const changes = [{ path: 'rules', from: rules, to: [...rules.slice(0, 30), 'new-rule', ...rules.slice(30)] }]
  expect(bodyOf(aPlan({}, [{ kind: 'object-changed', object: DEPLOYMENT, changes }]))).toContain('"rule-29","new-rule"')
})

describe('migrations', () => {
  const open = aMigration({
    what: 'Kiln/cold',
    line: 7,
    mechanical: false,
    todo: ['`spec.heat` is required'],
    after: 'spec:\n  heat: 900\n',
  })
  const made = aMigration({ source: 'owner/name@v2:NOTES.md', notes: ['it gets hot'] })
  const text = bodyOf(
    aPlan({
      migrations: [made, open, aMigration({ what: 'kiln.old', servedBefore: false })],
      upgrade: {
        ...aPlan().upgrade,
        path: [
          { to: '1.1.0', because: 'both are served', source: 'https://example.com/notes' },
          { to: '2.0.0', because: null, source: null },
        ],
      },
    }),
  )

  test('that were made are told with their evidence, and when they may be merged', () => {
    expect(text).toContain('### Migrated in this pull request (2 changes)')
    expect(text).toContain(
      '| Kiln/big | `dev/kiln.yaml:1` | fire.example.com/v1 Kiln becomes fire.example.com/v2 Kiln; it gets hot; works with the old version too: may be merged ahead (`owner/name@v2:NOTES.md`) |',
    )
    expect(text).toContain('only with the new version |')
  })
  test('that are left to people come with an example', () => {
    const [, after = ''] = text.split('### To migrate by hand')
    expect(after).toContain('<details><summary>Kiln/cold (dev/kiln.yaml:7): an example</summary>')
    expect(after).toContain('```yaml\nspec:\n  heat: 900')
  })
  test('stand beside the way that is left', () => {
    expect(text).toContain(
      '| Way | `1.0.0` → `1.1.0` → `2.0.0`; this pull request makes the first step<br>`1.1.0`: both are served (`https://example.com/notes`) |',
    )
  })
})

describe('the terminal', () => {
  const GRAVEST = aPlan({ assessed: byRules('critical'), upgrade: { ...aPlan().upgrade, component: 'kiln' } })
  const outcome = { ...planned(GRAVEST), component: 'kiln', environment: 'prod' }

  test('shows the gravest first, what waits below, and what to type next', () => {
    const why = { because: 'blocked' as const, reason: 'dev has 1.0.0', until: null }
    const waits = { ...current('1.0.0'), kind: 'held' as const, to: '1.1.0', ...why }
    expect(planText([waits, current(), planned(), outcome], [{ file: 'a.yaml', line: 3, reason: 'is no YAML' }])).toBe(
      [
        'component   environment   now     next    risk       because',
        'kiln        prod          1.0.0   1.1.0   critical   nothing you use changes',
        'beacon      dev           1.0.0   1.1.0   low        nothing you use changes',
        'beacon      dev           1.0.0   1.1.0   held       dev has 1.0.0',
        '1 up to date · 1 problem',
        '  a.yaml:3 is no YAML',
        '',
        'Next: windlass plan --component kiln    windlass upgrade --component kiln --branch',
      ].join('\n'),
    )
  })

  test('shows no control characters of strangers, keeps its columns, and quotes what would be a command', () => {
    const component = "a\u001b[31m\nb\u202e';rm"
    const text = planText([{ ...outcome, component }], [{ file: null, line: null, reason: 'x\u001b]0;title\u0007' }])
    expect(text).not.toMatch(STEERING)
    expect(text).toContain(`--component 'a[31m b'\\'';rm'`)
    expect(text.split('\n')[0]).toMatch(/^component +environment/)
    const scan = scanText({ pins: [aPin('1.0.0', { component })], resources: [], skipped: [] })
    expect(scan.split('\n')).toHaveLength(4)
    expect(scan).not.toMatch(STEERING)
  })

  test('says when nothing was found, and names what was declined', () => {
    expect(scanText({ pins: [], resources: [], skipped: [] })).toBe('No pins found.\n\n0 pins in 0 files')
    expect(planText([unplanned('declined', 'ada ignored it')], [])).toContain('declined   ada ignored it')
  })
})

test('the reason of a verdict never quotes more than a line', () => {
  const says = `a\n${'b'.repeat(500)}`
  expect(because(aPlan({ findings: [finding('x', 'high', says, 'E1')], assessed: byRules('high') }))).toHaveLength(160)
})

describe('what moves together', () => {
  const follower = (component: string) => ({
    component,
    kind: 'flux-helmrelease' as const,
    source: aPlan().upgrade.source,
    pins: [aPin('1.0.0', { place: { file: 'dev/crds.yaml', line: 8, column: 1, start: 0, end: 5 } })],
    from: '1.0.0',
    to: aRelease('1.1.0'),
    why: 'it is of one release with `beacon`, closes #1',
  })
  const plan = (followers: readonly ReturnType<typeof follower>[]) =>
    aPlan({ upgrade: { ...aPlan().upgrade, followers, notYet: [{ version: '1.2.0', reason: 'x has no 1.2.0 yet' }] } })

  test('stands below the headline, in the check too, and names of strangers do nothing there', () => {
    for (const text of [bodyOf(plan([follower('@octocat')])), check(plan([follower('@octocat')])).summary]) {
      expect(text).toMatch(/^- Moves together: \*\*.*octocat\*\* \(`dev\/crds\.yaml:8`\) because it is of one release/m)
      expect(text).toContain('- Not yet `1.2.0`: x has no 1.2.0 yet')
      expect(text).not.toMatch(/(?<!`)@octocat|closes #1/)
    }
  })

  test('has its room, however many there are', () => {
    const text = bodyOf(plan(Array.from({ length: 2000 }, (_, i) => follower(`part-${i}`))))
    expect(text).toContain('## ')
    expect(text).toMatch(/and \d+ more in `windlass plan --json`/)
    expect(text.length).toBeLessThan(58_000)
  })

  test('is not mentioned where nothing does', () => {
    expect(bodyOf(aPlan())).not.toContain('together')
  })
})
