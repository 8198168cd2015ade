import { detect } from '../detect/index.ts'
import { type Review, RISKS, type Risk } from '../model.ts'
import { readChange } from '../outside/local/local-change.ts'
import { review } from '../report/review.ts'
import { reviewJson } from '../report/review-json.ts'
import { movesOf, reviewsOf } from '../walk/review.ts'
import { changedPolicy } from '../walk/review-pulls.ts'
import { folder, printJson, readPolicy } from './checkout.ts'
import { EXIT } from './exit.ts'
import { say } from './say.ts'
import { withLocalWorld } from './world.ts'

/** The options of `windlass review`. */
export type ReviewOptions = {
  readonly base: string
  readonly head: string
  readonly failOn?: Risk
  readonly json?: true
}

/** 1 when an upgrade is at least as risky as asked, 3 when one could not be looked up, else 0. */
function exitCode(reviews: readonly Review[], limit: Risk | undefined): number {
  const isAbove = (one: Review) =>
    limit !== undefined &&
    one.kind === 'reviewed' &&
    RISKS.indexOf(one.outcome.plan.assessed.final) >= RISKS.indexOf(limit)
  if (reviews.some(isAbove)) return EXIT.finding
  return reviews.some(({ kind }) => kind === 'unknown') ? EXIT.partly : EXIT.done
}

/** `windlass review [path]`: what a bump between two commits comes to. Answers the exit code. */
export async function reviewCheckout(path: string, options: ReviewOptions): Promise<number> {
  const root = folder(path)
  const { base: tree, ...change } = await readChange(root, options.base, options.head)
  const policy = await readPolicy(tree)
  const detected = detect(tree, policy)
  const found = movesOf({ detected, policy }, change)
  const reviews =
    found.moves.length === 0
      ? []
      : await withLocalWorld(root, 'commit', world => {
          const of = { world, into: null, tree, policy, detected, everywhere: detected.pins }
          return reviewsOf(of, found)
        })
  const { commit } = change.head
  if (options.json) printJson(reviewJson(tree.commit, commit, reviews))
  else if (reviews.length === 0)
    say(process.stdout, `Nothing that Windlass knows moves between ${options.base} and ${options.head}.`)
  else say(process.stdout, review(reviews, { head: commit, policy: changedPolicy(change) }).body)
  return exitCode(reviews, options.failOn)
}
