import { clock } from './clock.ts'
import { ACCOUNTS, BOT } from './github.ts'
import { Refusal } from './operations.ts'
import { type Asked, created, inRepo, number, ok, page, type Reply, type Route, route, text } from './route.ts'
import { showCheck, showInstallation, showRepository, showUser } from './shapes.ts'
import { type CheckRun, put, type State } from './state.ts'

function store(asked: Asked, before: CheckRun | null, after: CheckRun): CheckRun {
  const { github, by } = asked
  const entry = {
    ...by,
    operation: before ? 'update check' : 'create check',
    target: `check ${after.id}`,
    before,
    after,
  }
  github.change(entry, { checks: put(github.state.checks, after.id, after) })
  return after
}

function said(
  { body }: Asked,
  known: Partial<CheckRun>,
): Pick<CheckRun, 'status' | 'conclusion' | 'externalId' | 'title' | 'summary'> {
  const output = (body.output ?? {}) as { title?: string; summary?: string }
  if ((output.summary ?? '').length > 65_535) throw new Refusal(422, 'Validation Failed: summary is too long')
  return {
    status: String(body.status ?? known.status ?? 'queued'),
    conclusion: typeof body.conclusion === 'string' ? body.conclusion : (known.conclusion ?? null),
    externalId: String(body.external_id ?? known.externalId ?? ''),
    title: output.title ?? known.title ?? '',
    summary: output.summary ?? known.summary ?? '',
  }
}

function create(asked: Asked): Reply {
  const sha = text(asked, 'head_sha')
  if (asked.github.objects.commit(sha) === null) throw new Refusal(422, `No commit found for SHA: ${sha}`)
  const id = asked.github.nextId()
  return created(
    showCheck(store(asked, null, { id, sha, name: text(asked, 'name'), by: asked.by.actor, ...said(asked, {}) })),
  )
}

function update(asked: Asked): Reply {
  const before = asked.github.state.checks.get(number(asked, 0))
  if (!before) throw new Refusal(404, 'Not Found')
  return ok(showCheck(store(asked, before, { ...before, ...said(asked, before) })))
}

const shaOf = ({ state, path }: Asked) => state.refs.get(decodeURIComponent(path[0] ?? '')) ?? path[0] ?? ''

function listChecks(asked: Asked): Reply {
  const name = asked.query.get('check_name')
  const found = [...asked.state.checks.values()]
    .filter(check => check.sha === shaOf(asked) && (name === null || check.name === name))
    .toSorted((a, b) => b.id - a.id)
  return ok({ total_count: found.length, check_runs: page(asked, found).map(showCheck) })
}

function statusesOf({ state, ...asked }: Asked) {
  const sha = shaOf({ state, ...asked })
  return showStatuses(state, sha)
}

function showStatuses(state: State, sha: string) {
  return state.statuses
    .filter(status => status.sha === sha)
    .map(({ context, state: said, by, at }) => {
      const dates = { created_at: at, updated_at: at }
      return { context, state: said, creator: showUser(by), description: null, target_url: null, ...dates }
    })
    .reverse()
}

function permission(asked: Asked): Reply {
  const login = decodeURIComponent(asked.path[0] ?? '')
  const account = ACCOUNTS.get(login)
  if (!account) throw new Refusal(404, `${login} is not a user`)
  const base = { admin: 'admin', maintain: 'write', write: 'write', triage: 'read', read: 'read' }[account.permission]
  return ok({ permission: base ?? 'none', role_name: account.permission, user: showUser(login) })
}

function token(): Reply {
  return created({
    token: 'ghs_simulated',
    expires_at: clock.stamp(clock.now() + 3_600_000),
    permissions: { contents: 'read' },
  })
}

/** Checks, statuses, who may what, and the App itself. */
export const CHECKS: readonly Route[] = [
  inRepo('POST /check-runs', create),
  inRepo('PATCH /check-runs/*', update),
  inRepo('GET /commits/**/check-runs', listChecks),
  inRepo('GET /commits/**/statuses', asked => ok(page(asked, statusesOf(asked)))),
  inRepo('GET /commits/**/status', asked =>
    ok({ state: 'pending', sha: shaOf(asked), statuses: page(asked, statusesOf(asked)) }),
  ),
  inRepo('GET /deployments', () => ok([])),
  inRepo('GET /collaborators/*/permission', permission),
  route('GET /orgs/*/teams/*/memberships/*', () => {
    throw new Refusal(404, 'Not Found')
  }),
  route('GET /app', () => ok({ id: 1, slug: 'windlass', name: BOT })),
  route('GET /app/installations', () => ok([showInstallation()])),
  route('POST /app/installations/*/access_tokens', token),
  route('GET /installation/repositories', () => ok({ total_count: 1, repositories: [showRepository()] })),
]
