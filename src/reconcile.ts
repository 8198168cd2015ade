import pMap from 'p-map'
import { BadPolicy } from './bad-policy.ts'
import type { Convoy } from './choose/index.ts'
import { type Policy, policyOf } from './config.ts'
import type { Done } from './decide/afterwards.ts'
import { retried, withGrants } from './decide/dashboard.ts'
import { decide, type Held } from './decide/index.ts'
import { obey } from './decide/obey.ts'
import { ONBOARDING_BRANCH, onboard } from './decide/onboard.ts'
import type { Action, Detected, Disbelieved, Outcome, Problem, Proposal, Tree } from './model.ts'
import { wording } from './report/index.ts'
import { welcome } from './report/onboarding.ts'
import { policyCheck } from './report/policy.ts'
import { reply } from './report/reply.ts'
import { boardActions, boardOf } from './walk/board.ts'
import { convoys, groupsOf, outcomesOf } from './walk/convoy.ts'
import { gatesOf } from './walk/gates.ts'
import { detectedOn, groundsOf } from './walk/grounds.ts'
import { EVERYTHING, knownOf, type Walk, type Wanted } from './walk/outcome.ts'
import type { World } from './world.ts'

/** Registries and helm are asked for this many components at a time. */
const AT_ONCE = 4

/** What one look at a repository found, before anything is decided. */
export type Survey = {
  readonly tree: Tree
  /** The heads of the branches that were looked at. */
  readonly heads: readonly string[]
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
  const comments = await world.comments(
    found.filter(({ state }) => state === 'open'),
    [],
  )
  const tree = await world.tree()
  const { policy, warnings } = await readPolicyOrSay(world, tree)
  const board = boardOf(await world.dashboard(), policy, world.now())
  const { proposals: obeyed, answers, commanded } = obey(comments, found, policy)
  const { proposals, changed } = retried(board.ticks, obeyed)
  const survey = await look(world, tree, { policy, warnings }, withGrants(proposals, board.granted), EVERYTHING)
  const grants = [...proposals.flatMap(({ memory }) => memory.granted), ...board.granted]
  const { detected, heads, outcomes } = survey
  const gates = await gatesOf({ world, policy, detected, proposals, grants, heads }, outcomes)
  const foreign = await world.foreignBranches()
  const { actions, held } = decide(
    {
      outcomes,
      proposals,
      commanded: new Set([...commanded, ...changed]),
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
    return { do: 'reply', number, comment: id, ...reply(answer, policy.commands) }
  })
  const onboarding = onboard({ ...survey, woken: world.woken, proposals: ours, foreign }, welcome)
  const all = [...actions, ...onboarding, ...replies]
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
  failTogether(failures, all.length + written.length)
  return {
    actions: all,
    board: written,
    held: held.map(({ outcome, to, reason }) => ({ branch: outcome.branch, reason: `${to}: ${reason}` })),
    again: nextLook(held, world.now()),
    disbelieved: gates.disbelieved,
    survey,
  }
}

/** Does every action; one that fails does not keep the others waiting. */
async function performEach(world: World, actions: readonly Action[]) {
  const done: Done[] = []
  const failures: unknown[] = []
  for (const action of actions) {
    try {
      done.push({ action, number: await world.perform(action) })
    } catch (error) {
      failures.push(error)
    }
  }
  return { done, failures }
}

/** What failed is thrown together, when everything else is done. */
function failTogether(failures: readonly unknown[], of: number): void {
  if (failures.length === 0) return
  throw new AggregateError(failures, `${failures.length} of ${of} actions failed: ${failures.map(String).join('; ')}`)
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
  const { grounds, problems } = await groundsOf(world, tree, policy)
  const detected = detectedOn(grounds)
  const outcomes: Outcome[] = []
  for (const ground of grounds) {
    const walk: Walk = { ...ground, world, policy, proposals, wanted, everywhere: detected.pins }
    const asked = policy.enabled ? convoys(ground.detected.pins, policy).filter(convoy => isWanted(convoy, wanted)) : []
    const found = await pMap(asked, convoy => outcomesOrReason(walk, convoy), { concurrency: AT_ONCE })
    outcomes.push(...found.flat())
  }
  return {
    tree,
    heads: grounds.map(ground => ground.tree.commit),
    policy,
    detected,
    outcomes,
    remarks: warnings,
    problems: [...problems, ...detected.skipped, ...outcomes.flatMap(unknown)],
  }
}

function isWanted(convoy: Convoy, { component }: Wanted): boolean {
  return component === null || groupsOf(convoy).some(group => group.component === component)
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
