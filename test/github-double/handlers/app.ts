import { issueToken, reachable } from '../auth.ts'
import type { Answer, AppCall, Handlers, Input, TokenCall } from '../handler.ts'
import { pageOf, paginate } from '../pages.ts'
import { app, installation, withMetadata } from '../present/app.ts'
import { repository } from '../present/repository.ts'
import { notFound, unprocessable } from '../refusal.ts'
import { type Installation, type Permissions, type Repo, repoOf } from '../state.ts'

/** The app and its installations. */
export const appHandlers: Handlers = {
  'apps/get-authenticated': {
    auth: 'app',
    handle: ({ state, app: self }) => ({ status: 200, body: app(state, self) }),
  },
  'apps/list-installations': { auth: 'app', handle: list },
  'apps/get-installation': { auth: 'app', handle: getInstallation },
  'apps/create-installation-access-token': { auth: 'app', handle: createToken },
  'apps/get-repo-installation': { auth: 'app', handle: ofRepository },
  'apps/list-repos-accessible-to-installation': { auth: 'token', needs: ['metadata:read'], handle: listRepositories },
}

function list(call: AppCall, input: Input<'apps', 'listInstallations'>): Answer {
  return pageOf(call, own(call), input, one => installation(call.state, one))
}

function getInstallation(call: AppCall, { installation_id }: Input<'apps', 'getInstallation'>): Answer {
  return { status: 200, body: installation(call.state, numbered(call, installation_id)) }
}

function ofRepository(call: AppCall, { owner, repo: name }: Input<'apps', 'getRepoInstallation'>): Answer {
  const repo = repoOf(call.state, owner, name)
  const found = own(call).find(one => repo !== null && one.repos.has(repo))
  if (!found) throw notFound()
  return { status: 200, body: installation(call.state, found) }
}

function createToken(call: AppCall, input: Input<'apps', 'createInstallationAccessToken'>): Answer {
  const { state } = call
  const found = numbered(call, input.installation_id)
  const repos = narrowed(found, input.repositories, input.repository_ids)
  const permissions = granted(found, input.permissions)
  const { text, expiresAt } = issueToken(state, found, repos, permissions)
  return {
    status: 201,
    body: {
      token: text,
      expires_at: expiresAt,
      permissions: withMetadata(permissions),
      repository_selection: 'selected',
      ...(repos ? { repositories: [...repos].map(repo => repository(state, repo)) } : {}),
    },
  }
}

function listRepositories(call: TokenCall, input: Input<'apps', 'listReposAccessibleToInstallation'>): Answer {
  const all = reachable(call.state, call.token)
  const { items, headers } = paginate(call, all, input)
  const body = {
    total_count: all.length,
    repository_selection: 'selected',
    repositories: items.map(repo => repository(call.state, repo)),
  }
  return { status: 200, body, headers }
}

function own({ state, app: self }: AppCall): Installation[] {
  return [...state.installations.values()].filter(one => one.app === self)
}

function numbered(call: AppCall, id: number): Installation {
  const found = own(call).find(one => one.id === id)
  if (!found) throw notFound()
  return found
}

/** The repositories a token is narrowed to, null for all of the installation. */
function narrowed(
  found: Installation,
  names: readonly string[] | undefined,
  ids: readonly number[] | undefined,
): Set<Repo> | null {
  if (!names && !ids) return null
  const all = [...found.repos]
  const repos = [
    ...(names ?? []).map(name => all.find(repo => repo.name.toLowerCase() === name.toLowerCase())),
    ...(ids ?? []).map(id => all.find(repo => repo.id === id)),
  ]
  if (repos.includes(undefined))
    throw unprocessable(
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    )
  return new Set(repos.filter(repo => repo !== undefined))
}

function granted(found: Installation, asked: Readonly<Record<string, string>> | undefined): Permissions {
  const held = withMetadata(found.app.permissions)
  if (!asked) return held
  return Object.fromEntries(
    Object.entries(asked).map(([name, level]) => {
      const most = held[name]
      if (!most || (level !== 'read' && most === 'read'))
        throw unprocessable('The permissions requested are not granted to this installation.')
      return [name, level === 'read' ? 'read' : 'write']
    }),
  )
}
