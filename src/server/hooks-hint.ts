import { z } from 'zod'
import { cut, oneLine } from '../text/hidden.ts'
import { Refused } from './body.ts'
import type { Hook, HookEnd, HookWorld } from './hooks.ts'
import { demandJson, isSame, parseJson, readAs, readText } from './hooks-read.ts'

/** Longest name or version of a stranger in the log, in UTF-16 units. */
const SHOWN = 100

/** Artifact Hub: a package has a new version. A hint and nothing more: the registry is asked. */
export const artifactHub: Hook = {
  variable: 'WINDLASS_ARTIFACTHUB_SECRET',
  secret: ({ artifactHub }) => artifactHub,
  async take(world, secret, request) {
    demandSecret(request.headers['x-artifacthub-secret'], 'X-ArtifactHub-Secret', secret)
    demandJson(request)
    return wakeAll(world, 'artifacthub', packageIn(await readText(world.readBody, request)))
  },
}

/** Harbor: an artifact was pushed. A hint likewise; Harbor sends other events to the same address. */
export const harbor: Hook = {
  variable: 'WINDLASS_HARBOR_AUTH',
  secret: ({ harbor }) => harbor,
  async take(world, secret, request) {
    demandSecret(request.headers.authorization, 'Authorization', secret)
    demandJson(request)
    const event = readAs(Push, parseJson(await readText(world.readBody, request)))
    if (!PUSHED.has(event.type)) return ignored('only pushed artifacts matter')
    return wakeAll(
      world,
      'harbor',
      event.event_data?.repository?.repo_full_name ?? event.data?.repository?.repo_full_name ?? '',
    )
  },
}

function demandSecret(given: string | string[] | undefined, name: string, secret: string): void {
  if (typeof given !== 'string' || !isSame(given, secret))
    throw new Refused(401, `${name} is ${given === undefined ? 'missing' : 'not what this server was told'}`)
}

/** Harbor's own form, and the CloudEvents one (goharbor/harbor, webhook payload formats). */
const PUSHED = new Set(['PUSH_ARTIFACT', 'harbor.artifact.pushed'])
const about = z.object({ repository: z.object({ repo_full_name: z.string() }).optional() }).optional()
const Push = z.object({ type: z.string(), event_data: about, data: about })

const Package = z.object({ data: z.object({ package: z.object({ name: z.string(), version: z.string() }) }) })

/**
 * Name and version of the package. Artifact Hub does not escape the changes it lists, so that a quote in one breaks the JSON
 * (artifacthub/hub, internal/notification/worker.go); the two come before them.
 */
function packageIn(text: string): string {
  const read = Package.safeParse(lenient(text))
  if (read.success) return `${read.data.data.package.name} ${read.data.data.package.version}`
  const [name, version] = ['name', 'version'].map(
    key => new RegExp(`"${key}"\\s{0,9}:\\s{0,9}"([^"\\\\]{1,200})"`).exec(text)?.[1],
  )
  if (name === undefined || version === undefined) throw new Refused(400, 'no name and version of a package in it')
  return `${name} ${version}`
}

function lenient(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return null
  }
}

/** Every repository may use it. Wakes that have not begun merge into one. */
async function wakeAll({ queue, log }: HookWorld, hook: string, what: string): Promise<HookEnd> {
  await queue.sweep(null, hook)
  log.info({ hook, about: cut(oneLine(what), SHOWN) }, 'a hint: every repository is woken')
  return { end: 'accepted', answer: { status: 202, body: { accepted: ['every repository'] } } }
}

function ignored(reason: string): HookEnd {
  return { end: 'ignored', answer: { status: 202, body: { accepted: [], ignored: reason } } }
}
