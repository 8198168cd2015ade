import pMap from 'p-map'
import { BadPolicy } from './bad-policy.ts'
import type { Convoy } from './choose/index.ts'
import { type Policy, policyOf } from './config.ts'
import { decide } from './decide/index.ts'
import { obey } from './decide/obey.ts'
import { detect, readAhead } from './detect/index.ts'
import { inTurns } from './in-turns.ts'
import type { Action, Detected, Outcome, Problem, Proposal, Tree } from './model.ts'
import { wording } from './report/index.ts'
import { policyCheck } from './report/policy.ts'
import { reply } from './report/reply.ts'
import { convoys, groupsOf, outcomesOf } from './walk/convoy.ts'
import { EVERYTHING, knownOf, type Walk, type Wanted } from './walk/outcome.ts'
import { takeBacks } from './walk/take-back.ts'
import type { World } from './world.ts'

/** Registries and helm are asked for this many components at a time. */
const AT_ONCE = 4

/** What one look at a repository found, before anything is decided. */
export type Survey = {
  readonly tree: Tree
  readonly policy: Policy
  readonly detected: Detected
  readonly outcomes: readonly Outcome[]
  /** Keys of the policy that this version reads and does not act on. */
  readonly remarks: readonly Problem[]
  /** What could not be read or looked up. */
  readonly problems: readonly Problem[]
}

/** What one pass did, what it holds back and why, and what it saw. */
export type Pass = {
  readonly actions: readonly Action[]
  readonly held: readonly { readonly branch: string; readonly reason: string }[]
  readonly survey: Survey
}

function heldAlready(outcome: Outcome) {
  return outcome.kind === 'held' ? [{ branch: outcome.branch, reason: `${outcome.to}: ${outcome.reason}` }] : []
}

/** One level-triggered pass: look at the repository as it is now, and make it what it should be. */
export async function reconcile(world: World): Promise<Pass> {
  const found = await world.proposals()
  const comments = await world.comments(
    found.filter(({ state }) => state === 'open'),
    [],
  )
  const tree = await world.tree()
  const { policy, warnings } = await readPolicyOrSay(world, tree)
  const { proposals, answers, commanded } = obey(comments, found, policy)
  const survey = await look(world, tree, { policy, warnings }, proposals, EVERYTHING)
  const { outcomes } = survey
  const { actions, held } = decide(
    {
      outcomes,
      takeBacks: await takeBacks(world, { tree, proposals, outcomes, health: new Map() }),
      proposals,
      commanded,
      policy,
      now: world.now(),
      foreign: await world.foreignBranches(),
    },
    wording,
  )
  const replies = answers.map((answer): Action => {
    const { number, id } = answer.comment
    return { do: 'reply', number, comment: id, ...reply(answer, policy.commands) }
  })
  const all = [...actions, ...replies]
  await performEach(world, all)
  return {
    actions: all,
    held: [
      ...survey.outcomes.flatMap(heldAlready),
      ...held.map(({ outcome, reason }) => ({ branch: outcome.branch, reason })),
    ],
    survey,
  }
}

/** Does every action; one that fails does not keep the others waiting. What failed is thrown together at the end. */
async function performEach(world: World, actions: readonly Action[]): Promise<void> {
  const failures: unknown[] = []
  for (const action of actions) {
    await world.perform(action).catch((error: unknown) => failures.push(error))
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
  return look(world, tree, readPolicy(tree), await world.proposals(), wanted)
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

async function look(
  world: World,
  tree: Tree,
  { policy, warnings }: { policy: Policy; warnings: readonly Problem[] },
  proposals: readonly Proposal[],
  wanted: Wanted,
): Promise<Survey> {
  await inTurns(readAhead(tree, policy))
  const detected = detect(tree, policy)
  const all = policy.enabled ? convoys(detected.pins, policy) : []
  const isAsked = (convoy: Convoy) => groupsOf(convoy).some(({ component }) => component === wanted.component)
  const asked = wanted.component === null ? all : all.filter(isAsked)
  const walk: Walk = { world, tree, policy, detected, proposals, wanted }
  const outcomes = (await pMap(asked, convoy => outcomesOrReason(walk, convoy), { concurrency: AT_ONCE })).flat()
  return {
    tree,
    policy,
    detected,
    outcomes,
    remarks: warnings,
    problems: [...detected.skipped, ...outcomes.flatMap(unknown)],
  }
}

/** A component whose walk fails in a way that nobody foresaw costs only itself and what moves with it. */
async function outcomesOrReason(walk: Walk, convoy: Convoy): Promise<readonly Outcome[]> {
  try {
    return await outcomesOf(walk, convoy)
  } catch (error) {
    const reason = `the walk failed, please report this: ${error instanceof Error ? (error.stack ?? error.message) : error}`
    return groupsOf(convoy).map(group => ({ ...knownOf(group), kind: 'unknown', reason }))
  }
}

/** What could not be found out about one component, as a line for people. */
function unknown(outcome: Outcome): Problem[] {
  if (outcome.kind !== 'unknown') return []
  const where = outcome.environment === null ? '' : ` in ${outcome.environment}`
  return [{ file: null, line: null, reason: `${outcome.component}${where}: ${outcome.reason}` }]
}
