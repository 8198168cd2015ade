import type { Repo, State, User } from './state.ts'
import { timestamp } from './state.ts'

/** Notes something that changed, in the append-only log. */
export function effect(
  state: State,
  repo: Repo,
  what: string,
  by: User,
  detail: Readonly<Record<string, unknown>>,
): void {
  state.log.push({
    kind: 'effect',
    at: timestamp(state),
    what,
    repo: `${repo.owner.login}/${repo.name}`,
    by: by.login,
    detail,
  })
}
