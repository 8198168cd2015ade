import { BadPolicy } from './bad-policy.ts'
import { type Policy, policyOf } from './config.ts'
import { retried } from './decide/dashboard.ts'
import { decide, type Held } from './decide/index.ts'
import { leftovers } from './decide/leftovers.ts'
import { obey } from './decide/obey.ts'
import { ONBOARDING_BRANCH, onboard } from './decide/onboard.ts'
import type { Action, Disbelieved, Problem, Tree } from './model.ts'
import { wording } from './report/index.ts'
import { welcome } from './report/onboarding.ts'
import { policyCheck } from './report/policy.ts'
import { reply } from './report/reply.ts'
import { failTogether, performEach } from './walk/act.ts'
import { boardActions, boardOf } from './walk/board.ts'
import { gatesOf } from './walk/gates.ts'
import { groundsOf } from './walk/grounds.ts'
import { look, type Survey } from './walk/look.ts'
import { EVERYTHING, type Wanted } from './walk/outcome.ts'
import { reviewPulls } from './walk/review-pulls.ts'
import { takeBacks } from './walk/take-back.ts'
import type { World } from './world.ts'

export type { Survey } from './walk/look.ts'

/** What one pass did, what it holds back and why, and what it saw. */
export type Pass = {
  readonly actions: readonly Action[]
  /** What was done about the dashboard afterwards. */
  readonly board: readonly Action[]
  readonly held: readonly { readonly branch: string; readonly reason: string }[]
  /** When looking again is worth it although nothing happens (ISO 8601), null for never. */
  readonly again: string | null
  readonly survey: Survey
  /** Signals that nobody believed, and why. */
  readonly disbelieved: readonly Disbelieved[]
}

/** The first moment after now at which something that is held may go on. */
function nextLook(held: readonly Held[], now: Date): string | null {
  const moments = held.flatMap(({ until }) => (until === null || Date.parse(until) <= now.getTime() ? [] : [until]))
  return moments.toSorted()[0] ?? null
}

/** One level-triggered pass: look at the repository as it is now, and make it what it should be. */
export async function reconcile(world: World): Promise<Pass> {
  const ours = await world.proposals()
  const { found = [], welcoming = [] } = Object.groupBy(ours, ({ branch }) =>
    branch === ONBOARDING_BRANCH ? 'welcoming' : 'found',
  )
  const tree = await world.tree()
  const { policy, warnings } = await readPolicyOrSay(world, tree)
  const comments = await world.comments(found, teamsOf(policy))
  const board = boardOf(await world.dashboard(), policy, world.now())
  const grounds = await groundsOf(world, tree, policy)
  const {
    proposals: obeyed,
    answers,
    commanded,
  } = obey(comments, found, {
    policy,
    pins: grounds.detected.pins,
    granted: board.granted,
  })
  const { proposals, changed } = retried(board.ticks, obeyed)
  const survey = await look({
    world,
    tree,
    policy,
    warnings,
    grounds,
    proposals,
    granted: board.granted,
    wanted: EVERYTHING,
  })
  const grants = [...proposals.flatMap(({ memory }) => memory.granted), ...board.granted]
  const { detected, heads, outcomes } = survey
  const gates = await gatesOf({ world, policy, detected, proposals, grants, heads }, outcomes)
  const branches = await world.ourBranches()
  const foreign = new Set(branches.filter(({ isOurs }) => !isOurs).map(({ name }) => name))
  const { actions, held } = decide(
    {
      outcomes,
      takeBacks: await takeBacks(world, { grounds: grounds.grounds, proposals, outcomes, health: gates.health }),
      proposals,
      unsaid: new Set([
        ...commanded,
        ...changed,
        ...proposals.filter(each => each.forgotten).map(({ number }) => number),
      ]),
      policy,
      now: world.now(),
      gates: gates.gates,
      grants,
      foreign,
    },
    wording,
  )
  const replies = answers.map((answer): Action => {
    const { number, id } = answer.comment
    const outcome = survey.outcomes.find(({ branch }) => branch === answer.branch) ?? null
    const waits = held.find(one => one.outcome.branch === answer.branch) ?? null
    return { do: 'reply', number, comment: id, ...reply(answer, policy, { outcome, held: waits }) }
  })
  const onboarding = onboard({ ...survey, woken: world.woken, proposals: ours, foreign }, welcome)
  const swept = leftovers({ branches, proposals: ours, outcomes, actions, now: world.now() })
  const all = [...actions, ...swept, ...onboarding, ...replies]
  const { done, failures } = await performEach(world, all)
  const written = boardActions(board, {
    survey,
    proposals: [...proposals, ...welcoming],
    done,
    held,
    watched: gates.before,
    now: world.now(),
  })
  failures.push(...(await performEach(world, written)).failures)
  const [ground] = grounds.grounds
  const reviews = await reviewPulls({ ...ground, world, policy, everywhere: detected.pins })
  failures.push(...reviews.failures)
  failTogether(failures, all.length + written.length + reviews.actions.length)
  return {
    actions: [...all, ...reviews.actions],
    board: written,
    held: held.map(({ outcome, to, reason }) => ({ branch: outcome.branch, reason: `${to}: ${reason}` })),
    again: nextLook(held, world.now()),
    disbelieved: gates.disbelieved,
    survey: { ...survey, problems: [...survey.problems, ...reviews.problems] },
  }
}

/** The teams that may approve (`organisation/team`). */
function teamsOf({ environments }: Policy): readonly string[] {
  return [...new Set(environments.flatMap(({ approval }) => approval).filter(name => name.includes('/')))]
}

/** The same walk without acting: what would be proposed, and why. */
export async function survey(world: World, wanted: Wanted = EVERYTHING): Promise<Survey> {
  const tree = await world.tree()
  const { policy, warnings } = readPolicy(tree)
  const grounds = await groundsOf(world, tree, policy)
  return look({ world, tree, policy, warnings, grounds, proposals: await world.proposals(), granted: [], wanted })
}

/** A policy that cannot be read is said at the commit that has it, where people look; the pass ends there. */
async function readPolicyOrSay(world: World, tree: Tree) {
  const { read } = policyOf(tree.files)
  if (!read.ok) await world.perform({ do: 'check', commit: tree.commit, check: policyCheck(read.problems) })
  return readPolicy(tree)
}

function readPolicy(tree: Tree): { policy: Policy; warnings: readonly Problem[] } {
  const { read } = policyOf(tree.files)
  if (!read.ok) throw new BadPolicy(read.problems)
  return read
}
