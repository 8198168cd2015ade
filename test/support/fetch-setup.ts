import type { LookupAddress } from 'node:dns'
import { type Credentials, NO_CREDENTIALS, parseCredentials } from '../../src/outside/net/credentials.ts'
import { createEgress, type Egress } from '../../src/outside/net/egress.ts'
import { parseEgressAllow } from '../../src/outside/net/egress-allow.ts'
import { parseMirrors } from '../../src/outside/net/mirrors.ts'
import type { Setting } from '../../src/outside/net/operator-file.ts'

/** A guarded client for tests: what is not said is not allowed, and retries do not wait. */
export function testEgress(
  options: {
    readonly allow?: readonly string[]
    /** The text of a mirrors file. */
    readonly mirrors?: string
    /** The text of a credentials file. */
    readonly credentials?: string
    readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>
    readonly sleep?: (ms: number) => Promise<unknown>
    readonly patience?: number
  } = {},
): Egress {
  const credentials: Credentials =
    options.credentials === undefined ? NO_CREDENTIALS : must(parseCredentials(options.credentials, 'auth.yaml'))
  return createEgress({
    allow: must(parseEgressAllow(options.allow ?? [])),
    mirrors: must(parseMirrors(options.mirrors ?? '', 'mirrors.yaml')),
    credentials,
    sleep: options.sleep ?? (async () => {}),
    ...(options.patience === undefined ? {} : { patience: options.patience }),
    ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
  })
}

/** The value of a setting; throws its problems. */
export function must<T>(setting: Setting<T>): T {
  if (setting.ok) return setting.value
  throw new Error(setting.problems.map(problem => problem.reason).join('\n'))
}
