import { z } from 'zod'
import type { Problem } from '../../model.ts'
import { readOperatorMap, type Setting } from './operator-file.ts'

/** Credentials of registries, by exact origin. Closures, so that printing or logging one never shows a secret. */
export type Credentials = {
  /** The value of the Authorization header for an origin (`https://host[:port]`), null when there is none. */
  authorization(origin: string): string | null
}

/** Every registry is asked anonymously. */
export const NO_CREDENTIALS: Credentials = { authorization: () => null }

const Login = z.strictObject({ username: z.string().min(1), password: z.string().min(1) })
const Token = z.strictObject({ token: z.string().min(1) })

/** Reads the file of `WINDLASS_REGISTRY_AUTH`: exact origin -> `{username, password}` or `{token}`. Problems never quote values. */
export function parseCredentials(text: string, file: string): Setting<Credentials> {
  const entries = readOperatorMap(text, file)
  if (!entries.ok) return entries
  const problems: Problem[] = []
  const headers = new Map<string, string>()
  for (const { key, value, line } of entries.value) {
    const origin = exactOrigin(key)
    const header = authorization(value)
    if (!origin.ok) problems.push({ file, line, reason: origin.reason })
    if (header === null) {
      const reason = `the credentials must be {username: …, password: …} or {token: …}, all of them strings and not empty`
      problems.push({ file, line, reason })
    }
    if (origin.ok && header !== null) headers.set(origin.value, header)
  }
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, value: { authorization: origin => headers.get(origin) ?? null } }
}

function exactOrigin(key: string): { ok: true; value: string } | { ok: false; reason: string } {
  const web = key.replace(/^oci:/i, 'https:')
  if (!/^https?:\/\//i.test(web) || !URL.canParse(web)) {
    // Not quoted: whoever swaps key and value must not find a password in the log.
    return { ok: false, reason: 'the key must be an exact origin such as https://registry.example.com' }
  }
  const { origin } = new URL(web)
  if (origin === key) return { ok: true, value: origin }
  return { ok: false, reason: `the key must be an exact origin: write ${origin}` }
}

function authorization(value: unknown): string | null {
  const login = Login.safeParse(value)
  if (login.success) {
    return `Basic ${Buffer.from(`${login.data.username}:${login.data.password}`).toString('base64')}`
  }
  const token = Token.safeParse(value)
  return token.success ? `Bearer ${token.data.token}` : null
}
