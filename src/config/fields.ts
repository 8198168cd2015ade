import * as z from 'zod'
import { PIN_KINDS, RISKS, type Value } from '../model.ts'
import { DURATION } from '../text/duration.ts'
import { isTimezone, scheduleProblem } from '../text/schedule.ts'
import { allowedProblem, ignoredProblem } from './version-rule.ts'

/** Gives a field its sentence and its example: they make the JSON Schema, the reference and the error messages. */
export function said<T extends z.ZodType>(schema: T, description: string, example: Value): z.ZodOptional<T> {
  return schema.meta({ description, examples: [example] }).optional()
}

/** One value, or a list of them. */
export function oneOrMore<T extends z.ZodType>(item: T) {
  return z.union([item, z.array(item).min(1).max(200)])
}

export const word = z.string().min(1).max(200)
export const glob = z.string().min(1).max(256)
export const duration = z
  .string()
  .max(100)
  .regex(DURATION, 'a length of time with a unit: `30m`, `24h`, `3 days`, `1 week`')
export const kubernetesVersion = z
  .string('text in quotes, because without them 1.30 is the number 1.3')
  .regex(/^\d{1,2}\.\d{1,3}(\.\d{1,3})?$/, 'a Kubernetes version such as `"1.34"`')
export const environmentName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    'a short name of letters, digits, `-` and `_`, because branches and labels carry it',
  )
export const reviewer = z
  .string()
  .regex(
    /^@?[A-Za-z0-9][A-Za-z0-9-]{0,38}(\/[A-Za-z0-9._-]{1,100})?$/,
    'a GitHub user (`octocat`) or a team with its organisation (`@platform/leads`)',
  )
/** GitHub refuses labels over 50 characters. */
export const label = z.string().min(1).max(50)

function checked(problemOf: (text: string) => string | null) {
  return z
    .string('text in quotes, because without them 1.10 is the number 1.1')
    .min(1)
    .max(200)
    .superRefine((text, context) => {
      const problem = problemOf(text)
      if (problem !== null) context.addIssue({ code: 'custom', message: problem })
    })
}

/** What git and a refspec take without a second meaning (git-check-ref-format(1)). */
const gitBranch = z
  .string()
  .regex(
    /^(?!.*(?:\.\.|\/\/|\.lock(?:\/|$)|[./]$))[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/,
    'the name of a branch, such as `env/staging`',
  )
const schedule = checked(scheduleProblem)
const timezone = checked(text => (isTimezone(text) ? null : 'an IANA time zone such as `Europe/Berlin`'))

/** What the top level sets for every component, and a rule for those that it matches. */
export const componentFields = {
  enabled: said(z.boolean(), 'Whether upgrades are proposed.', true),
  allowedVersions: said(
    checked(allowedProblem),
    'The versions that may be proposed: a semver range, or a regular expression between slashes.',
    '<2.0.0',
  ),
  ignoreVersions: said(oneOrMore(checked(ignoredProblem)), 'Versions or semver ranges that are never proposed.', [
    '1.14.0',
    '2.x',
  ]),
  prereleases: said(
    z.boolean(),
    'Whether pre-releases are proposed to a component that stands at a stable version.',
    false,
  ),
  minimumReleaseAge: said(duration, 'How long a version must have been published before it is proposed.', '3 days'),
  labels: said(z.array(label).max(20), 'Labels that pull requests get besides `type/*`, `risk/*` and `env/*`.', [
    'dependencies',
  ]),
  reviewers: said(z.array(reviewer).max(15), 'Users or teams who are asked for a review.', ['@platform/network']),
  mode: said(z.enum(['auto', 'workflow', 'agent']), 'How upgrades are worked out.', 'auto'),
  schedule: said(oneOrMore(schedule), 'When pull requests may be opened.', 'before 6am on monday'),
  timezone: said(timezone, 'The time zone of `schedule`, an IANA name.', 'Europe/Berlin'),
  groupName: said(
    word,
    'What is released together shares a pull request, unless it has different group names.',
    'observability',
  ),
  automerge: said(z.boolean(), 'Whether pull requests may be merged without a person.', false),
}

export const environmentFields = {
  name: environmentName.meta({ description: 'The name, as labels and branches carry it.', examples: ['staging'] }),
  order: said(
    z.int().min(0).max(1000),
    'The place in the order of promotion, when it is not the order of the list.',
    1,
  ),
  paths: said(oneOrMore(glob), 'The files that feed this environment (globs).', ['clusters/staging/**']),
  branch: said(gitBranch, 'The branch that feeds this environment.', 'env/staging'),
  cluster: said(word, 'The cluster of this environment, by the name that Argo CD or Flux knows it.', 'staging-eu-1'),
  kubernetes: said(kubernetesVersion, 'The Kubernetes version of its clusters, in quotes.', '1.34'),
  requiredSoakTime: said(
    duration,
    'How long the environment before it must have been healthy with the new version.',
    '24h',
  ),
  approval: said(z.array(reviewer).max(15), 'Users or teams of whom one must approve.', ['@platform/leads']),
  window: said(schedule, 'When upgrades may reach this environment.', 'Mon-Thu 09:00-15:00 Europe/Berlin'),
  health: said(
    oneOrMore(
      z.union([
        word,
        z.strictObject({
          name: word.meta({ description: 'The name of the signal (glob).', examples: ['kustomization/*'] }),
          from: said(oneOrMore(word), 'Logins or App slugs that are believed.', 'flux-bot'),
        }),
      ]),
    ),
    'Commit statuses, checks, deployments or events that must be green before an upgrade goes on (globs).',
    ['kustomization/apps/*'],
  ),
  metrics: said(oneOrMore(z.string().min(1).max(1000)), 'Prometheus comparisons that must hold.', [
    'up{job="my-ingress"} == 1',
  ]),
}

export const matchFields = {
  component: said(oneOrMore(glob), 'Components by name (globs).', 'grafana*'),
  environment: said(oneOrMore(glob), 'Environments by name (globs).', 'prod'),
  kind: said(oneOrMore(z.enum(PIN_KINDS)), 'Kinds of pin.', 'flux-helmrelease'),
  source: said(
    oneOrMore(glob),
    'Chart repositories, registries or images by address (globs).',
    'https://charts.bitnami.com/**',
  ),
  risk: said(oneOrMore(z.enum(RISKS)), 'Risks of the upgrade.', 'low'),
}
