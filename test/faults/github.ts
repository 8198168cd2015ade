import { clock } from './clock.ts'
import { createObjects, type Files, type Objects } from './objects.ts'
import { EMPTY, type Pull, put, type State } from './state.ts'

/** The repository of every trial, and the App in it. */
export const OWNER = 'acme'
export const NAME = 'fleet'
export const FULL_NAME = `${OWNER}/${NAME}`
export const DEFAULT_BRANCH = 'main'
export const INSTALLATION = 7
export const BOT = 'windlass[bot]'

/** People and bots that GitHub knows, with their permission in the repository. */
export const ACCOUNTS: ReadonlyMap<string, { readonly type: 'User' | 'Bot'; readonly permission: string }> = new Map([
  [BOT, { type: 'Bot', permission: 'write' }],
  ['ada', { type: 'User', permission: 'admin' }],
  ['grace', { type: 'User', permission: 'write' }],
  ['mallory', { type: 'User', permission: 'read' }],
  ['helper[bot]', { type: 'Bot', permission: 'write' }],
])

/** Stands in the cause of a write that was on its way when its replica stood still: nothing could hold it back. */
export const FROZEN = 'frozen on its way'

/** One change at GitHub. Nothing is ever taken out of the log. */
export type Logged = {
  readonly t: number
  readonly actor: string
  readonly operation: string
  /** What it was done to: a branch, `#number`, `comment 12`, `check 5`. */
  readonly target: string
  readonly before: unknown
  readonly after: unknown
  /** The replica that asked for it, or the act of a person. */
  readonly cause: string
}

/** Something that GitHub tells those who subscribed to it. */
export type Told = { readonly event: string; readonly payload: Record<string, unknown> }

/** One repository at GitHub with its rules, in memory. */
export type GitHub = {
  readonly objects: Objects
  readonly log: readonly Logged[]
  readonly state: State
  /** The state as it was `ago` milliseconds before now. */
  past(ago: number): State
  change(entry: Omit<Logged, 't'>, next: Partial<State>): void
  /** A number for an issue or pull request, or an id for anything else. */
  nextNumber(): number
  nextId(): number
  tell(told: Told): void
  /** Moves, makes or (null) deletes a branch, with all that GitHub does then: open pull requests follow or are closed. */
  moveRef(actor: string, cause: string, branch: string, sha: string | null): void
  head(branch: string): string | null
}

/** A new repository with one commit. `onTold` hears of everything that subscribers would be told. */
export function createGitHub(files: Files, onTold: (told: Told) => void): GitHub {
  const objects = createObjects()
  const log: Logged[] = []
  let state = EMPTY
  const history: { readonly t: number; readonly state: State }[] = []
  const ids = { number: 0, id: 1000 }
  const github: GitHub = {
    objects,
    log,
    get state() {
      return state
    },
    past(ago) {
      const at = clock.now() - ago
      return history.findLast(({ t }) => t <= at)?.state ?? history[0]?.state ?? state
    },
    change(entry, next) {
      state = { ...state, ...next }
      log.push({ t: clock.now(), ...entry })
      history.push({ t: clock.now(), state })
    },
    nextNumber: () => ++ids.number,
    nextId: () => ++ids.id,
    tell: onTold,
    head: branch => state.refs.get(branch) ?? null,
    moveRef: (actor, cause, branch, sha) => moveRef(github, actor, cause, branch, sha),
  }
  const tree = objects.putTree(files)
  const first = { tree, parents: [], message: 'Initial commit', author: 'ada', at: clock.stamp(), by: 'ada' }
  github.change(
    {
      actor: 'ada',
      operation: 'create ref',
      target: DEFAULT_BRANCH,
      before: null,
      after: null,
      cause: 'the beginning',
    },
    { refs: new Map([[DEFAULT_BRANCH, objects.putCommit(first).sha]]) },
  )
  return github
}

function moveRef(github: GitHub, actor: string, cause: string, branch: string, sha: string | null): void {
  const before = github.head(branch)
  const refs = new Map(github.state.refs)
  if (sha === null) refs.delete(branch)
  else refs.set(branch, sha)
  const operation = sha === null ? 'delete ref' : before === null ? 'create ref' : 'update ref'
  github.change({ actor, operation, target: branch, before, after: sha, cause }, { refs })
  github.tell({ event: 'push', payload: { ref: `refs/heads/${branch}`, sender: { login: actor } } })
  for (const pull of github.state.pulls.values()) {
    if (pull.state === 'open' && pull.head === branch && pull.headRepo === FULL_NAME)
      follow(github, pull, actor, cause, sha)
  }
}

/** GitHub closes a pull request whose branch is deleted. */
function follow(github: GitHub, pull: Pull, actor: string, cause: string, sha: string | null): void {
  const at = clock.stamp()
  const next: Pull =
    sha === null
      ? { ...pull, state: 'closed', closedAt: at, updatedAt: at, closedBy: actor }
      : { ...pull, headSha: sha, updatedAt: at }
  const operation = sha === null ? 'close pull' : 'synchronize pull'
  const entry = { actor, operation, target: `#${pull.number}`, before: pull, after: next, cause }
  github.change(entry, { pulls: put(github.state.pulls, pull.number, next) })
  tellPull(github, next, sha === null ? 'closed' : 'synchronize', actor)
}

/** Tells subscribers about a pull request. */
export function tellPull(github: GitHub, pull: Pull, action: string, sender: string): void {
  const side = (ref: string, sha: string) => ({ ref, sha })
  const head = { ...side(pull.head, pull.headSha), repo: { full_name: pull.headRepo } }
  const merged = pull.mergedAt !== null
  const shown = { number: pull.number, state: pull.state, merged, head, base: side(pull.base, '') }
  github.tell({
    event: 'pull_request',
    payload: { action, number: pull.number, pull_request: shown, sender: { login: sender } },
  })
}
