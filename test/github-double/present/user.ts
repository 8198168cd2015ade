import type { State, User } from '../state.ts'

/** The REST root of the double, as GitHub Enterprise Server has it. */
export function apiRoot(state: State): string {
  return `${state.origin}/api/v3`
}

/** The opaque id GitHub gives beside the number. */
export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString('base64')
}

/** `simple-user`: how GitHub shows an account anywhere. */
export function user(state: State, { login, id, type }: User) {
  const name = encodeURIComponent(login)
  const url = `${apiRoot(state)}/users/${name}`
  return {
    login,
    id,
    node_id: nodeId('User', id),
    avatar_url: `${state.origin}/avatars/u/${id}`,
    gravatar_id: '',
    url,
    html_url: type === 'Bot' ? `${state.origin}/apps/${login.replace('[bot]', '')}` : `${state.origin}/${name}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    site_admin: false,
  }
}
