import { BadPolicy } from './bad-policy.ts'
import { type Policy, policyOf } from './config.ts'
import { decide, type Held } from './decide/index.ts'
import { obey } from './decide/obey.ts'
import type { Action, Disbelieved, Problem, Tree } from './model.ts'
import { wording } from './report/index.ts'
import { policyCheck } from './report/policy.ts'
import { reply } from './report/reply.ts'
import { gatesOf } from './walk/gates.ts'
import { groundsOf } from './walk/grounds.ts'
import { look, type Survey } from './walk/look.ts'
import { EVERYTHING, type Wanted } from './walk/outcome.ts'
import type { World } from './world.ts'

export type { Survey } from './walk/look.ts'

/** What one pass did, what it holds back and why, and what it saw. */
export type Pass = {
  readonly actions: readonly Action[]
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
  const found = await world.proposals()
  const tree = await world.tree()
  const { policy, warnings } = await readPolicyOrSay(world, tree)
  const comments = await world.comments(found, teamsOf(policy))
  const grounds = await groundsOf(world, tree, policy)
  const { proposals, answers, commanded } = obey(comments, found, { policy, pins: grounds.detected.pins })
  const survey = await look({ world, tree, policy, warnings, grounds, proposals, wanted: EVERYTHING })
  const grants = proposals.flatMap(({ memory }) => memory.granted)
  const { detected, heads, outcomes } = survey
  const gates = await gatesOf({ world, policy, detected, proposals, grants, heads }, outcomes)
  const { actions, held } = decide(
    {
      outcomes,
      proposals,
      commanded,
      policy,
      now: world.now(),
      gates: gates.gates,
      grants,
      foreign: await world.foreignBranches(),
    },
    wording,
  )
  const replies = answers.map((answer): Action => {
    const { number, id } = answer.comment
    const outcome = survey.outcomes.find(({ branch }) => branch === answer.branch) ?? null
    const waits = held.find(one => one.outcome.branch === answer.branch) ?? null
    return { do: 'reply', number, comment: id, ...reply(answer, policy, { outcome, held: waits }) }
  })
  const all = [...actions, ...replies]
  await performEach(world, all)
  return {
    actions: all,
    held: held.map(({ outcome, to, reason }) => ({ branch: outcome.branch, reason: `${to}: ${reason}` })),
    again: nextLook(held, world.now()),
    disbelieved: gates.disbelieved,
    survey,
  }
}

/** The teams that may approve (`organisation/team`). */
function teamsOf({ environments }: Policy): readonly string[] {
  return [...new Set(environments.flatMap(({ approval }) => approval).filter(name => name.includes('/')))]
}

/**
 * Does every action; one that fails does not keep the others waiting, except the replies on its pull request: what was not done must not be
 * called done, and an unanswered command is read again. What failed is thrown together at the end.
 */
async function performEach(world: World, actions: readonly Action[]): Promise<void> {
  const failures: unknown[] = []
  const failed = new Set<number>()
  for (const action of actions) {
    if (action.do === 'reply' && failed.has(action.number)) continue
    await world.perform(action).catch((error: unknown) => {
      failures.push(error)
      if ('number' in action && action.number !== null) failed.add(action.number)
    })
  }
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `${failures.length} of ${actions.length} actions failed: ${failures.map(String).join('; ')}`,
    )
}

/** The same walk without acting: what would be proposed, and why. */
export async function survey(world: World, wanted: Wanted = EVERYTHING): Promise<Survey> {
  const tree = await world.tree()
  const { policy, warnings } = readPolicy(tree)
  const grounds = await groundsOf(world, tree, policy)
  return look({ world, tree, policy, warnings, grounds, proposals: await world.proposals(), wanted })
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
