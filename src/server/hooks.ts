import type { IncomingMessage } from 'node:http'
import type { Logger } from 'pino'
import type { Store } from '../outside/store/store.ts'
import type { Queue } from '../queue.ts'
import type { Settings } from '../settings.ts'
import { type ReadBody, Refused } from './body.ts'
import { artifactHub, harbor } from './hooks-hint.ts'
import { flux, generic } from './hooks-signal.ts'
import type { Metrics } from './metrics.ts'
import type { Answer } from './webhook.ts'

/** What the hooks need. */
export type HookWorld = {
  readonly secrets: Settings['hooks']
  readonly readBody: ReadBody
  readonly store: Pick<Store, 'signals' | 'receive'>
  readonly queue: Pick<Queue, 'wake' | 'sweep'>
  readonly metrics: Pick<Metrics, 'hook'>
  readonly log: Logger
}

/** What a hook did with a request that it took. */
export type HookEnd = { readonly end: 'accepted' | 'ignored' | 'duplicate'; readonly answer: Answer }

/** One address below `/hooks/`. `secret` is null while the operator has not set `variable`: then the hook is not there. */
export type Hook = {
  readonly variable: string
  secret(secrets: Settings['hooks']): string | null
  /** Rejects with Refused before anything has an effect when the request is not from who knows the secret. */
  take(world: HookWorld, secret: string, request: IncomingMessage): Promise<HookEnd>
}

export const HOOKS = { flux, generic, artifacthub: artifactHub, harbor } satisfies Record<string, Hook>
export type HookName = keyof typeof HOOKS

/** Answers one request to `/hooks/<name>`; what is refused leaves one short line in the log, and nothing else anywhere. */
export async function receiveHook(world: HookWorld, name: HookName, request: IncomingMessage): Promise<Answer> {
  const hook: Hook = HOOKS[name]
  const secret = hook.secret(world.secrets)
  if (secret === null) return { status: 404, body: { error: `this hook is off: set ${hook.variable} on the server` } }
  try {
    const { end, answer } = await hook.take(world, secret, request)
    world.metrics.hook(name, end)
    return answer
  } catch (error) {
    if (error instanceof Refused) {
      world.metrics.hook(name, error.status === 503 ? 'failed' : 'refused')
      world.log.warn({ hook: name, status: error.status, reason: error.message }, 'refused a hook')
      return { status: error.status, body: { error: error.message } }
    }
    world.metrics.hook(name, 'failed')
    world.log.error({ err: error, hook: name }, 'a hook could not be stored')
    return { status: 503, body: { error: 'could not be stored; send it again' } }
  }
}
