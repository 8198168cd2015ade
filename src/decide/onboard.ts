import { createHash } from 'node:crypto'
import { POLICY_FILES, type Policy, policyOf } from '../config.ts'
import {
  type Action,
  type Check,
  type Detected,
  NOTHING_SAID,
  type Outcome,
  type Problem,
  type Proposal,
  type PullRequest,
  type Tree,
} from '../model.ts'
import { environmentsInOrder } from './dashboard.ts'

/** Where the pull request lives that adds a policy file; no upgrade has a branch of this name. */
export const ONBOARDING_BRANCH = 'windlass/configure'

/** What was found in a repository that we see for the first time. */
export type FirstLook = {
  readonly detected: Pick<Detected, 'pins'>
  readonly outcomes: readonly Outcome[]
  readonly problems: readonly Problem[]
  readonly policy: Policy
  /** The environments that have an order, in it. */
  readonly environments: readonly string[]
}

export type Newcomer = Omit<FirstLook, 'environments'> & {
  readonly tree: Tree
  readonly woken: ReadonlySet<string>
  /** Our pull requests, open and past, the one that adds a policy file among them. */
  readonly proposals: readonly Proposal[]
  readonly foreign: ReadonlySet<string>
}

/** How it reads; given by the report room. */
export type Welcome = {
  title: string
  body(look: FirstLook): string
  check(look: FirstLook): Check
  policyFile(environments: readonly string[]): string
}

/** Whether the repository is new to us: just installed, with something for us in it, without a policy file, and never asked before. */
function isNew({ woken, tree, proposals, detected, foreign }: Newcomer): boolean {
  return (
    (woken.has('installation') || woken.has('installation_repositories')) &&
    detected.pins.length > 0 &&
    policyOf(tree.files).file === null &&
    !proposals.some(({ branch }) => branch === ONBOARDING_BRANCH) &&
    !foreign.has(ONBOARDING_BRANCH)
  )
}

/** The one pull request that adds a policy file. It is offered once: nothing waits for it, and closing it is an answer. */
export function onboard(newcomer: Newcomer, welcome: Welcome): readonly Action[] {
  if (!isNew(newcomer)) return []
  const { tree, outcomes, policy } = newcomer
  const look: FirstLook = { ...newcomer, environments: environmentsInOrder(outcomes, policy) }
  const text = welcome.policyFile(look.environments)
  const inputs = createHash('sha256').update(text).digest('hex').slice(0, 32)
  const pullRequest: PullRequest = {
    title: welcome.title,
    branch: ONBOARDING_BRANCH,
    into: null,
    labels: ['windlass/configure'],
    reviewers: [],
    body: welcome.body(look),
  }
  const commit = { message: welcome.title, base: tree.commit, files: new Map([[POLICY_FILES[0], text]]) }
  const memory = { ...NOTHING_SAID, kind: 'onboarding' as const, inputs }
  return [{ do: 'open', pullRequest, commit, check: welcome.check(look), memory }]
}
