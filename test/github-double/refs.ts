import { effect } from './effect.ts'
import { moveRef, refs } from './git.ts'
import { settle } from './pulls.ts'
import type { Repo, State, User } from './state.ts'

/** Moves a ref from one commit to another (null: none), compare-and-swap; false when it stood elsewhere or git refused. */
export async function changeRef(
  state: State,
  repo: Repo,
  by: User,
  ref: string,
  before: string | null,
  after: string | null,
): Promise<boolean> {
  if (!(await moveRef(repo.dir, ref, before, after))) return false
  noteRef(state, repo, by, ref, before, after)
  await settle(state, repo, by)
  return true
}

/** Notes what changed between two listings of the refs: after a push, which git itself performed. */
export async function notePush(state: State, repo: Repo, by: User, before: ReadonlyMap<string, string>): Promise<void> {
  const after = await refs(repo.dir)
  for (const ref of new Set([...before.keys(), ...after.keys()])) {
    const [from, to] = [before.get(ref) ?? null, after.get(ref) ?? null]
    if (from !== to) noteRef(state, repo, by, ref, from, to)
  }
  await settle(state, repo, by)
}

function noteRef(state: State, repo: Repo, by: User, ref: string, before: string | null, after: string | null): void {
  const what = before === null ? 'ref.create' : after === null ? 'ref.delete' : 'ref.update'
  effect(state, repo, what, by, { ref, before, after })
}
