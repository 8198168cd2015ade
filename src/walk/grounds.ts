import type { Policy } from '../config.ts'
import { detect, readAhead } from '../detect/index.ts'
import { inTurns } from '../in-turns.ts'
import type { Detected, Problem, Tree } from '../model.ts'
import type { World } from '../world.ts'

/** One branch that is walked: the default one (`into` is null), or one that feeds an environment. */
export type Ground = { readonly into: string | null; readonly tree: Tree; readonly detected: Detected }

/** Everything that is walked, and the branches of the policy that could not be read. */
export type Grounds = {
  /** The default branch first. */
  readonly grounds: readonly [Ground, ...Ground[]]
  /** All that was detected, on whichever branch. */
  readonly detected: Detected
  readonly problems: readonly Problem[]
}

/** Reads the default branch and every branch that the policy names as an environment; all that stands there belongs to that environment. */
export async function groundsOf(world: World, tree: Tree, policy: Policy): Promise<Grounds> {
  const grounds: [Ground, ...Ground[]] = [await groundOf(null, tree, policy)]
  const problems: Problem[] = []
  for (const { name, branch } of policy.environments) {
    if (branch === null) continue
    const read = await world.branch(branch)
    if (read.ok) grounds.push(await groundOf(branch, read.value, onlyFor(name, policy)))
    else
      problems.push({
        file: null,
        line: null,
        reason: `the branch ${branch} of ${name} could not be read: ${read.reason}`,
      })
  }
  return { grounds, detected: detectedOn(grounds), problems }
}

async function groundOf(into: string | null, tree: Tree, policy: Policy): Promise<Ground> {
  await inTurns(readAhead(tree, policy))
  return { into, tree, detected: detect(tree, policy) }
}

function onlyFor(environment: string, policy: Policy): Policy {
  const environments = policy.environments.map(each => ({ ...each, paths: each.name === environment ? ['**'] : [] }))
  return { ...policy, environments }
}

function detectedOn(grounds: readonly Ground[]): Detected {
  return {
    pins: grounds.flatMap(({ detected }) => detected.pins),
    resources: grounds.flatMap(({ detected }) => detected.resources),
    skipped: grounds.flatMap(({ detected }) => detected.skipped),
  }
}
