import type { IncomingMessage } from 'node:http'
import { buildSchema, type GraphQLSchema, graphql, parse, validate } from 'graphql'
import type { Api, Served } from './api.ts'
import { authenticate, type Caller, reachable } from './auth.ts'
import { refs } from './git.ts'
import { actorOf, demand } from './handler.ts'
import { nodeId } from './present/user.ts'
import { changeRef } from './refs.ts'
import { Refusal } from './refusal.ts'
import { inTurn, type State, type Token } from './state.ts'

/** GitHub's input type `UpdateRefsInput`, as far as the double needs it. */
type UpdateRefs = {
  readonly repositoryId: string
  readonly refUpdates: readonly { readonly name: string; readonly beforeOid?: string; readonly afterOid: string }[]
}

/** What stands for no object. */
const NOTHING = '0'.repeat(40)

let known: GraphQLSchema | null = null

/** GitHub's public schema, read when it is first asked for: it is large. */
async function schemaOfGitHub(): Promise<GraphQLSchema> {
  const { schema } = await import('@octokit/graphql-schema')
  known ??= buildSchema(schema.idl, { assumeValid: true })
  return known
}

/** Serves one GraphQL request, checked against GitHub's schema. It knows one mutation, and of that the deletion of branches. */
export async function serveGraphql(api: Api, request: IncomingMessage, body: Buffer): Promise<Served> {
  const { query = '', variables = {} } = JSON.parse(body.toString()) as { query?: string; variables?: object }
  const schema = await schemaOfGitHub()
  const wrong = validate(schema, parse(query)).map(({ message }) => ({
    operation: 'graphql',
    path: 'query',
    message,
  }))
  if (wrong.length > 0) {
    api.violations.push(...wrong)
    return { caller: null, operation: null, answer: { status: 500, body: { message: 'not of GitHub', wrong } } }
  }
  try {
    const caller = authenticate(api.state, request.headers.authorization)
    api.limits.demand(caller, 'POST', '/graphql')
    const rootValue = { updateRefs: ({ input }: { input: UpdateRefs }) => updateRefs(api.state, caller, input) }
    const { data, errors } = await graphql({
      schema,
      source: query,
      variableValues: { ...variables },
      rootValue,
    })
    const shown = errors?.map(({ message, path }) => ({ type: 'UNPROCESSABLE', path, message }))
    return { caller, operation: null, answer: { status: 200, body: { data, ...(shown ? { errors: shown } : {}) } } }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { caller: null, operation: null, answer: { status: error.status, body: error.body, headers: error.headers } }
  }
}

async function updateRefs(state: State, caller: Caller, { repositoryId, refUpdates }: UpdateRefs) {
  if (caller.kind === 'app') throw new Refusal(401, 'Bad credentials')
  const token: Token = caller
  const repo = reachable(state, token).find(({ id }) => nodeId('Repository', id) === repositoryId)
  if (!repo) throw new Error(`Could not resolve to a node with the global id of '${repositoryId}'`)
  demand(token, repo, ['contents:write'])
  await inTurn(repo, async () => {
    for (const { name, beforeOid, afterOid } of refUpdates) {
      const before = (await refs(repo.dir)).get(name) ?? NOTHING
      if (before !== beforeOid || afterOid !== NOTHING) throw new Error(`${name} is at ${before}, not at ${beforeOid}`)
      await changeRef(state, repo, actorOf(state, token).user, name, before, null)
    }
  })
  return { clientMutationId: null }
}
