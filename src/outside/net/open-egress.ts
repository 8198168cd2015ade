import { readFile } from 'node:fs/promises'
import { NO_CREDENTIALS, parseCredentials } from './credentials.ts'
import { createEgress, type Egress } from './egress.ts'
import { parseEgressAllow } from './egress-allow.ts'
import { NO_MIRRORS, parseMirrors } from './mirrors.ts'
import type { Setting } from './operator-file.ts'

/** The operator's settings about fetching, as src/settings.ts reads them: entries, and paths of files or null. */
export type EgressEnvironment = {
  readonly egressAllow: readonly string[]
  readonly registryMirrors: string | null
  readonly registryAuth: string | null
}

/** The guarded client that these settings make, or everything that is wrong with them, with file and line. */
export async function openEgress(environment: EgressEnvironment): Promise<Setting<Egress>> {
  const allow = parseEgressAllow(environment.egressAllow)
  const mirrors = await readSetting(environment.registryMirrors, parseMirrors, NO_MIRRORS)
  const credentials = await readSetting(environment.registryAuth, parseCredentials, NO_CREDENTIALS)
  if (allow.ok && mirrors.ok && credentials.ok) {
    const settings = { allow: allow.value, mirrors: mirrors.value, credentials: credentials.value }
    return { ok: true, value: createEgress(settings) }
  }
  return { ok: false, problems: [allow, mirrors, credentials].flatMap(setting => (setting.ok ? [] : setting.problems)) }
}

async function readSetting<T>(
  file: string | null,
  parse: (text: string, file: string) => Setting<T>,
  absent: T,
): Promise<Setting<T>> {
  return file === null ? { ok: true, value: absent } : parse(await readFile(file, 'utf8'), file)
}
