import type { Answer, Handlers, Input, TokenCall } from '../handler.ts'
import { apiRoot } from '../present/user.ts'
import { notFound } from '../refusal.ts'

/** Who is in which team of an organisation. */
export const teamHandlers: Handlers = {
  'teams/get-membership-for-user-in-org': { auth: 'token', needs: ['members:read'], handle: membership },
}

function membership({ state }: TokenCall, input: Input<'teams', 'getMembershipForUserInOrg'>): Answer {
  const { org, team_slug, username } = input
  const name = `${org}/${team_slug}`.toLowerCase()
  const found = state.teams.get(name)?.get(username.toLowerCase())
  if (found === undefined) throw notFound()
  const url = `${apiRoot(state)}/organizations/${org}/team/${team_slug}/memberships/${username}`
  return { status: 200, body: { url, role: 'member', state: found } }
}
