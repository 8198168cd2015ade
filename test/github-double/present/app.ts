import type { App, Installation, Permissions, State } from '../state.ts'
import { userOf } from '../state.ts'
import { apiRoot, nodeId, user } from './user.ts'

/** Events the app listens to, as its manifest would say; deliveries are not filtered by them. */
const EVENTS = ['push', 'pull_request', 'issue_comment', 'check_run', 'release', 'repository_dispatch']
const BORN = '2026-01-01T00:00:00Z'

/** `integration`: an app as it sees itself, and as its comments and checks name it. */
export function app(state: State, { id, slug, permissions }: App) {
  const owner = userOf(state, `${slug}-makers`, 'Organization')
  return {
    id,
    slug,
    node_id: nodeId('App', id),
    owner: user(state, owner),
    name: slug,
    description: null,
    external_url: `${state.origin}/apps/${slug}`,
    html_url: `${state.origin}/apps/${slug}`,
    created_at: BORN,
    updated_at: BORN,
    permissions: withMetadata(permissions),
    events: EVENTS,
  }
}

/** `installation`: where an app may act. */
export function installation(
  state: State,
  { id, app: { id: appId, slug, permissions }, account, createdAt }: Installation,
) {
  return {
    id,
    account: user(state, account),
    repository_selection: 'selected',
    access_tokens_url: `${apiRoot(state)}/app/installations/${id}/access_tokens`,
    repositories_url: `${apiRoot(state)}/installation/repositories`,
    html_url: `${state.origin}/settings/installations/${id}`,
    app_id: appId,
    app_slug: slug,
    target_id: account.id,
    target_type: account.type,
    permissions: withMetadata(permissions),
    events: EVENTS,
    created_at: createdAt,
    updated_at: createdAt,
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  }
}

/** Every app may read metadata, whether its manifest says so or not. */
export function withMetadata(permissions: Permissions): Permissions {
  return { metadata: 'read', ...permissions }
}
