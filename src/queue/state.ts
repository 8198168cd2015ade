import type { PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import type { Repository } from '../app.ts'
import type { Store } from '../outside/store/store.ts'
import type { PassEnd, Reconcile } from '../server/pass.ts'

/** What the queue works with. */
export type Work = {
  readonly reconcile: Reconcile
  /** Every repository of one installation, or of all when it is null. */
  listRepositories(installation: number | null, store: Store): Promise<readonly Repository[]>
  /** Tells people, where they look, that we gave up on a repository, or are back; to be said again and again. Rejects when it could not be said. */
  sayParked(repository: Repository, isParked: boolean, store: Store): Promise<void>
  onPass(end: PassEnd, seconds: number): void
}

/** A queue that is open in this process. */
export type State = {
  readonly boss: PgBoss
  readonly store: Store
  readonly log: Logger
  /** Passes that run in this process: repository (lower case) to the attempt that has it. */
  readonly running: Map<string, string>
  readonly timers: NodeJS.Timeout[]
  stopping: boolean
}
