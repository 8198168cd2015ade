import { type Due, due } from '../decide/rollback.ts'
import type { Health, Looked, Outcome, Proposal, Revert, TakeBack } from '../model.ts'
import { revert } from '../plan/revert.ts'
import type { World } from '../world.ts'
import type { Ground } from './grounds.ts'

/** What the walk has found out before it is asked what is to be taken back. */
type Found = {
  readonly grounds: readonly Ground[]
  readonly proposals: readonly Proposal[]
  readonly outcomes: readonly Outcome[]
  /** By the branch of the upgrade. */
  readonly health: ReadonlyMap<string, Health>
}

/** How an upgrade is taken back, from what its merge changed. */
async function revertOf(world: World, { upgrade }: Due, { tree }: Ground): Promise<Looked<Revert>> {
  const { oneWay, from, to } = upgrade.memory
  if (oneWay !== null) return { ok: true, value: { ok: false, reason: oneWay } }
  const changed = await world.change(upgrade.mergeCommit ?? '', tree.commit)
  if (changed.ok) return { ok: true, value: revert(changed.value, { from, to }) }
  return changed.retry ? changed : { ok: true, value: { ok: false, reason: changed.reason } }
}

/** Every merged upgrade that is to be taken back, with the files that do it. One whose change cannot be had right now is left for the next pass. */
export async function takeBacks(world: World, { grounds, ...found }: Found): Promise<readonly TakeBack[]> {
  const all: TakeBack[] = []
  for (const one of due(found)) {
    const ground = grounds.find(({ into }) => into === one.upgrade.base) ?? grounds.find(({ into }) => into === null)
    if (ground === undefined) continue
    const reverted = await revertOf(world, one, ground)
    if (reverted.ok) all.push({ ...one, into: ground.into, commit: ground.tree.commit, revert: reverted.value })
    else world.progress(`${one.upgrade.branch}: what #${one.upgrade.number} changed cannot be read: ${reverted.reason}`)
  }
  return all
}
