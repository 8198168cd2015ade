import { DEFAULT_POLICY } from '../config.ts'

/** What the policy takes as the name of an environment. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/

/** More of them are a list that nobody reads. */
const MOST = 50

function environmentLines(environments: readonly string[]): readonly string[] {
  const named = environments.filter(name => NAME.test(name)).slice(0, MOST)
  if (named.length === 0) return ['# The environments in the order of promotion:', '#environments:', '#  - name: dev']
  return [
    '# The environments in the order of promotion, as they were recognised here:',
    '#environments:',
    ...named.map(name => `#  - { name: ${JSON.stringify(name)}, paths: [${JSON.stringify(`**/${name}/**`)}] }`),
  ]
}

/**
 * The text of a policy file in which every line is a comment, so that adding it changes nothing. `# ` starts a sentence, `#` alone a line
 * that may be put in force; those have the defaults, and `environments` (in order) what was recognised.
 */
export function policyFile(environments: readonly string[]): string {
  const { prHourlyLimit, prConcurrentLimit } = DEFAULT_POLICY
  return [
    '# The policy of Windlass for this repository. It works without this file: every line here is a comment.',
    '# Remove the `#` in front of a line to put it in force. `windlass config validate` checks the file before you push.',
    '',
    ...environmentLines(environments),
    '',
    '# How many pull requests may be opened in an hour, and how many may be open at a time; 0 is no limit:',
    `#prHourlyLimit: ${prHourlyLimit}`,
    `#prConcurrentLimit: ${prConcurrentLimit}`,
    '',
    '# How long a version must have been published before it is proposed:',
    '#minimumReleaseAge: 0s',
    '',
    '# Files that are not looked at, and exceptions for some components:',
    '#ignorePaths: ["**/examples/**"]',
    '#rules:',
    '#  - match: { component: some-component }',
    '#    enabled: false',
    '',
    '# Whether there is an issue in which everything stands:',
    '#dashboard: true',
    '',
  ].join('\n')
}
