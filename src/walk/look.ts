import pMap from 'p-map'
import type { Convoy } from '../choose/index.ts'
import type { Policy } from '../config.ts'
import type { Detected, Grant, Outcome, Problem, Proposal, Tree } from '../model.ts'
import type { World } from '../world.ts'
import { convoys, groupsOf, outcomesOf } from './convoy.ts'
import type { Grounds } from './grounds.ts'
import { knownOf, type Walk, type Wanted } from './outcome.ts'

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

/** What is looked at, and what is known of it. */
export type View = {
  readonly world: World
  readonly tree: Tree
  readonly policy: Policy
  readonly warnings: readonly Problem[]
  readonly grounds: Grounds
  readonly proposals: readonly Proposal[]
  /** What the dashboard grants. */
  readonly granted: readonly Grant[]
  readonly wanted: Wanted
}

/** Walks everything that can move, on every branch, to how it ends. */
export async function look({
  world,
  tree,
  policy,
  warnings,
  grounds,
  proposals,
  granted,
  wanted,
}: View): Promise<Survey> {
  const { detected } = grounds
  const outcomes: Outcome[] = []
  for (const ground of grounds.grounds) {
    const walk: Walk = { ...ground, world, policy, proposals, granted, wanted, everywhere: detected.pins }
    const asked = policy.enabled ? convoys(ground.detected.pins, policy).filter(convoy => isWanted(convoy, wanted)) : []
    const found = await pMap(asked, convoy => outcomesOrReason(walk, convoy), { concurrency: AT_ONCE })
    outcomes.push(...found.flat())
  }
  return {
    tree,
    heads: grounds.grounds.map(ground => ground.tree.commit),
    policy,
    detected,
    outcomes,
    remarks: warnings,
    problems: [...grounds.problems, ...detected.skipped, ...outcomes.flatMap(unknown)],
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
