import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Signal } from '../model.ts'
import type { Hook, HookEnd, HookWorld } from './hooks.ts'
import { readFlux } from './hooks-flux.ts'
import { readGeneric } from './hooks-generic.ts'
import { demandJson, parseJson, readSigned } from './hooks-read.ts'

/** What a body says: a signal about a repository, or nothing that matters, with the reason. */
export type Told =
  | { readonly kind: 'signal'; readonly repository: string; readonly signal: Signal }
  | { readonly kind: 'nothing'; readonly reason: string }

/** Reads a parsed body; `query` is that of the address, which the signature does not cover. Throws Refused. */
export type Tell = (payload: unknown, query: URLSearchParams, now: Date) => Told

/** Milliseconds after which what is said is taken for a replay: senders give up within minutes. */
const REPLAY = 60 * 60_000

/** Flux's Provider of type generic-hmac. */
export const flux: Hook = signalHook('flux', ['X-Signature'], readFlux)

/** Everything else that can sign a body. */
export const generic: Hook = signalHook('generic', ['X-Windlass-Signature', 'X-Signature'], readGeneric)

function signalHook(name: 'flux' | 'generic', headers: readonly string[], tell: Tell): Hook {
  return {
    variable: 'WINDLASS_HOOK_SECRET',
    secret: ({ secret }) => secret,
    async take(world, secret, request) {
      demandJson(request)
      const text = await readSigned(world.readBody, request, headers, secret)
      const now = new Date()
      const told = tell(parseJson(text), queryOf(request), now)
      if (told.kind === 'nothing') return ignored(told.reason)
      if (Date.parse(told.signal.at) < now.getTime() - REPLAY) return ignored('older than an hour: it has no effect')
      return keep(world, name, text, told.repository, told.signal)
    },
  }
}

function queryOf({ url }: IncomingMessage): URLSearchParams {
  return new URLSearchParams(url?.split('?').slice(1).join('?') ?? '')
}

/** Stored first; woken second, as a delivery that is not lost when the process dies; answered last. */
async function keep(
  { store, queue }: HookWorld,
  event: 'flux' | 'generic',
  text: string,
  asked: string,
  signal: Signal,
): Promise<HookEnd> {
  const heard = await store.signals.hear(asked, text, signal)
  const known = await store.signals.installed(asked)
  if (known === null) return ignored(`no event of the App has come from ${asked} yet: kept until there is one`)
  const { installation, repository } = known
  const guid = `${event}-${createHash('sha256').update(`${repository.toLowerCase()}\n${signal.place}\n${text}`).digest('hex')}`
  const received = await store.receive({ guid, event, action: null, installation, repository }, null)
  if (received === 'seen') return duplicate()
  const [owner = '', name = ''] = repository.split('/')
  await queue.wake({ installation, owner, name }, `${event} ${guid}`)
  return heard === 'new'
    ? { end: 'accepted', answer: { status: 202, body: { accepted: [repository] } } }
    : { end: 'duplicate', answer: { status: 200, body: { accepted: [repository], duplicate: true } } }
}

function duplicate(): HookEnd {
  return { end: 'duplicate', answer: { status: 200, body: { accepted: [], duplicate: true } } }
}

function ignored(reason: string): HookEnd {
  return { end: 'ignored', answer: { status: 202, body: { accepted: [], ignored: reason } } }
}
