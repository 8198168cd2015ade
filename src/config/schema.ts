import * as z from 'zod'
import { componentFields, environmentFields, glob, matchFields, oneOrMore, said, word } from './fields.ts'
import { VERBS } from './verbs.ts'

type Refine = { addIssue: (issue: { code: 'custom'; message: string; path: (string | number)[] }) => void }

const environment = z.strictObject(environmentFields).superRefine(
  (value, context) => {
    const told = (['paths', 'branch'] as const).filter(key => value[key] !== undefined)
    for (const key of told.slice(1))
      context.addIssue(issue([key], `left out: \`${told[0]}\` already says where this environment is`))
  },
  { when: ({ value }) => typeof value === 'object' && value !== null },
)

const rule = z.strictObject({
  match: z
    .strictObject(matchFields)
    .refine(
      match => Object.keys(match).length > 0,
      'given at least one pattern: what is meant for everything stands at the top level',
    )
    .meta({
      description: 'Which upgrades the rule is for: all of the given patterns must match, any of a list.',
      examples: [{ component: 'grafana*' }],
    }),
  ...componentFields,
})

const permission = z.enum(['admin', 'maintain', 'write', 'triage', 'read'])
const commands = Object.fromEntries(
  VERBS.map(verb => [verb, said(permission, `The least permission that \`/windlass ${verb}\` needs.`, 'maintain')]),
)

/** The policy file as it is written. Everything is optional; nothing unknown is accepted. */
export const policySchema = z
  .strictObject({
    extends: said(oneOrMore(word), 'Presets that this file builds on.', ['windlass:recommended']),
    ignorePaths: said(oneOrMore(glob), 'Files that are not looked at (globs).', ['**/examples/**']),
    ...componentFields,
    prConcurrentLimit: said(
      z.int().min(0).max(1000),
      'How many pull requests may be open at a time; 0 is no limit.',
      10,
    ),
    prHourlyLimit: said(z.int().min(0).max(1000), 'How many pull requests may be opened in an hour; 0 is no limit.', 2),
    environments: said(
      z
        .array(environment)
        .max(100)
        .superRefine(distinct, { when: ({ value }) => Array.isArray(value) }),
      'The environments in the order of promotion.',
      [{ name: 'dev', paths: ['clusters/dev/**'] }],
    ),
    rules: said(z.array(rule).max(500), 'Exceptions, applied in order: the last one that matches wins.', [
      { match: { component: 'cilium' }, reviewers: ['@platform/network'] },
    ]),
    llm: said(
      z.strictObject({
        enabled: said(z.boolean(), 'Whether the language model of the server may be asked.', false),
        model: said(word, 'The model to ask.', 'gpt-5-mini'),
        budget: said(
          z.number().min(0).max(1_000_000),
          'What may be spent for this repository in a month, in US dollars.',
          20,
        ),
      }),
      'The language model. Its address and its key come from the server, never from a repository.',
      { enabled: false },
    ),
    dashboard: said(z.boolean(), 'Whether there is an issue in which everything stands.', false),
    review: said(
      z.union([word, z.array(word).max(20)]),
      'Logins of other bots whose pull requests get our evidence as a comment; an empty list for none.',
      ['renovate[bot]', 'dependabot[bot]'],
    ),
    commands: said(z.strictObject(commands), 'Who may give which command.', { hold: 'maintain' }),
  })
  .meta({
    title: 'Windlass policy',
    description: 'What `.github/windlass.yaml` may say. Everything is optional; see docs/config.md.',
  })

/** The policy file as written, after the check. */
export type PolicyInput = z.output<typeof policySchema>

function issue(path: (string | number)[], message: string) {
  return { code: 'custom' as const, path, message }
}

/** Runs beside the checks of the entries, so they may be anything. */
function distinct(entries: readonly unknown[], context: Refine): void {
  const field = (entry: unknown, key: string) =>
    typeof entry === 'object' && entry !== null ? Reflect.get(entry, key) : undefined
  for (const key of ['name', 'order']) {
    const seen = entries.map(entry => field(entry, key))
    seen.forEach((value, i) => {
      if (value !== undefined && seen.indexOf(value) < i)
        context.addIssue(issue([i, key], `used once: environments[${seen.indexOf(value)}] has it already`))
    })
  }
  const ordered = entries.filter(entry => field(entry, 'order') !== undefined).length
  if (ordered > 0 && ordered < entries.length)
    context.addIssue(issue([], 'given an `order` in every entry, or in none (the order of the list counts)'))
}
