import { createHash } from 'node:crypto'
import { POLICY_FILES } from '../config/defaults.ts'
import { isReviewed, reviewInputs } from '../decide/review.ts'
import type { Action, BumpPull, Change, Problem } from '../model.ts'
import { review } from '../report/review.ts'
import { movesOf, type Reviewable, reviewsOf } from './review.ts'

/** What was said on the pull requests of others, and of which of them nothing could be said. */
export type ReviewPass = {
  readonly actions: readonly Action[]
  readonly problems: readonly Problem[]
  /** What was thrown on the way; the next pass tries again. */
  readonly failures: readonly unknown[]
}

const NOTHING: ReviewPass = { actions: [], problems: [], failures: [] }

/** The policy file that the head has in another form than the commit that it was made from; null when it has not. */
export function changedPolicy({ fork, head }: Change): string | null {
  const blob = ({ files }: Change['head'], path: string) => files.find(file => file.path === path)?.blob
  return POLICY_FILES.find(path => blob(fork, path) !== blob(head, path)) ?? null
}

/** Whether this process has looked at this head on this default branch, and there is no reason to look again. */
function isSeen({ world, tree }: Reviewable, { number, head }: BumpPull): boolean {
  const seen = world.reviews.get(number)
  return seen?.head === head && seen.commit === tree.commit && (seen.complete || !world.woken.has('sweep'))
}

/** Whether the same was said before: by this process, else as GitHub has it. */
async function isSaid({ world }: Reviewable, pull: BumpPull, inputs: string): Promise<boolean> {
  const seen = world.reviews.get(pull.number)
  const known = seen?.head === pull.head ? seen : await world.reviewed(pull)
  return known?.head === pull.head && known.inputs === inputs
}

/** Looks at one pull request, and says what is new about it. */
async function reviewPull(repository: Reviewable, pull: BumpPull): Promise<ReviewPass> {
  const { world, tree, policy, detected } = repository
  const { number, head } = pull
  if (isSeen(repository, pull)) return NOTHING
  const change = await world.changeOf(pull)
  if (!change.ok)
    return { ...NOTHING, problems: [{ file: null, line: null, reason: `reviewing #${number}: ${change.reason}` }] }
  const found = movesOf(repository, change.value)
  const inputs = reviewInputs(head, found.moves, { tree, pins: detected.pins }, policy)
  const remember = (said: string, complete: boolean) =>
    world.reviews.set(number, { head, commit: tree.commit, inputs: said, complete })
  if (found.moves.length === 0 || (await isSaid(repository, pull, inputs))) {
    remember(inputs, true)
    return NOTHING
  }
  const reviews = await reviewsOf(repository, found)
  const said = review(reviews, { head, policy: changedPolicy(change.value) })
  const complete = reviews.every(({ kind }) => kind === 'reviewed')
  const unsettled = createHash('sha256').update(said.body).digest('hex').slice(0, 32)
  const action: Action = { do: 'review', number, head, ...said, inputs: complete ? inputs : unsettled }
  await world.perform(action)
  remember(action.inputs, complete)
  return { ...NOTHING, actions: [action] }
}

/**
 * Says our evidence on the open pull requests of the bots that policy names: what is the same as before costs nothing. What could not be
 * looked up is tried again at a sweep.
 */
export async function reviewPulls(repository: Reviewable): Promise<ReviewPass> {
  const { world, policy } = repository
  if (!policy.enabled || policy.review.length === 0) return NOTHING
  const open = await world.bumps()
  const numbers = new Set(open.map(({ number }) => number))
  for (const number of world.reviews.keys()) if (!numbers.has(number)) world.reviews.delete(number)
  const passes: ReviewPass[] = []
  for (const pull of open.filter(one => isReviewed(one, policy)))
    passes.push(await reviewPull(repository, pull).catch(error => ({ ...NOTHING, failures: [error] })))
  return {
    actions: passes.flatMap(({ actions }) => actions),
    problems: passes.flatMap(({ problems }) => problems),
    failures: passes.flatMap(({ failures }) => failures),
  }
}
