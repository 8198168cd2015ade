import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Memory } from '../model.ts'

const said = { by: z.string(), at: z.string(), reason: z.string() }

/** How a grant stands in a note. */
export const grantSchema = z.object({
  ...said,
  what: z.enum(['approve', 'promote', 'open', 'unignore']),
  branch: z.string(),
  version: z.string(),
})

/** Fields that came later have what they mean where they are missing, so that notes of earlier servers stay true. */
const memorySchema = z.object({
  version: z.literal(1),
  kind: z.enum(['upgrade', 'rollback', 'onboarding']).default('upgrade'),
  generation: z.int().min(0).default(0),
  environment: z.string().nullable(),
  component: z.string(),
  from: z.string(),
  to: z.string(),
  inputs: z.string(),
  hold: z.object(said).nullable(),
  ignored: z.array(
    z.object({ ...said, what: z.enum(['version', 'minor', 'major', 'component']), version: z.string() }),
  ),
  wanted: z
    .object({ ...said, version: z.string() })
    .nullable()
    .default(null),
  granted: z.array(grantSchema).default([]),
  rollback: z.object(said).nullable().default(null),
  mode: z
    .object({ ...said, mode: z.enum(['workflow', 'agent']) })
    .nullable()
    .default(null),
  replans: z
    .array(
      z.object({
        at: z.string(),
        version: z.string(),
        head: z.string(),
        cause: z.string(),
        job: z.string().default(''),
        line: z.string().default(''),
        did: z.enum(['rerun', 'lower', 'hold']),
      }),
    )
    .default([]),
  oneWay: z.string().nullable().default(null),
  saidRollback: z.string().nullable().default(null),
  waits: z.string().nullable().default(null),
  saidEdited: z.string().nullable(),
  closed: z.string().nullable(),
  obeyed: z.array(z.int()).default([]),
})

/** What a note remembers: a pull request, or the dashboard. */
type Kind = 'memory' | 'dashboard'

const NOTE = /<!-- windlass:(?:memory|dashboard) ([A-Za-z0-9_-]{1,8000})\.([A-Za-z0-9_-]{43}) -->/

/** What a note is bound to, so that it cannot be copied to another pull request: `owner/name` and the branch ('' for the dashboard). */
export type Binding = { readonly key: string; readonly repository: string; readonly branch: string }

function seal(kind: Kind, { key, repository, branch }: Binding, payload: string): Buffer {
  return createHmac('sha256', key).update(`${kind}\n${repository}\n${branch}\n${payload}`).digest()
}

/** One hidden line that carries a value of JSON, signed with the server's key. */
export function writeNote(kind: Kind, value: object, binding: Binding): string {
  const payload = Buffer.from(JSON.stringify(value)).toString('base64url')
  return `<!-- windlass:${kind} ${payload}.${seal(kind, binding, payload).toString('base64url')} -->`
}

/** A hidden line of a body that carries our signature, and the JSON in it. */
type Signed = { readonly line: string; readonly value: unknown }

function isSigned(kind: Kind, binding: Binding, payload: string, signature: string): boolean {
  return timingSafeEqual(seal(kind, binding, payload), Buffer.from(signature, 'base64url'))
}

const generationOf = ({ value }: Signed) => Number(Object(value).generation ?? 0)

/**
 * The newest line of a kind in a body that we signed for this binding; null when there is none. Anybody may paste other lines before it: old
 * ones of ours, and such as nobody signed.
 */
export function readNote(kind: Kind, body: string, binding: Binding): Signed | null {
  const signed = [...body.matchAll(new RegExp(NOTE, 'g'))].flatMap(([line, payload = '', signature = '']) =>
    isSigned(kind, binding, payload, signature)
      ? [{ line, value: JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as unknown }]
      : [],
  )
  return signed.toSorted((one, other) => generationOf(other) - generationOf(one))[0] ?? null
}

/** Bytes of a memory that NOTE can carry: base64 makes 4 of 3. */
const LARGEST = 6000

/** Without the oldest grants, and then refusals, that find no room: a note that cannot be read would forget all of it. */
function fitting(memory: Memory): Memory {
  if (Buffer.byteLength(JSON.stringify(memory)) <= LARGEST) return memory
  if (memory.granted.length > 0) return fitting({ ...memory, granted: memory.granted.slice(1) })
  return memory.ignored.length > 0 ? fitting({ ...memory, ignored: memory.ignored.slice(1) }) : memory
}

/** The one hidden line that a pull request body carries: its memory. */
export function writeMemory(memory: Memory, binding: Binding): string {
  return writeNote('memory', fitting(memory), binding)
}

/** The memory of a pull request body; null when there is none or the signature is not ours for this repository and branch. */
export function readMemory(body: string, binding: Binding): Memory | null {
  const read = memorySchema.safeParse(readNote('memory', body, binding)?.value)
  return read.success ? read.data : null
}

const BEGIN = '<!-- windlass:begin -->'
const END = '<!-- windlass:end -->'

/** Our text and the note between our markers, in the place where they stood; human text around them is kept. */
export function embed(existing: string, text: string, note: string): string {
  const ours = `${BEGIN}\n${text}\n${note}\n${END}`
  const start = existing.indexOf(BEGIN)
  const end = existing.indexOf(END, start)
  if (start < 0 || end < 0) return existing.trim() === '' ? ours : `${ours}\n\n${existing}`
  return existing.slice(0, start) + ours + existing.slice(end + END.length)
}

/** Our own text of a body, without markers and note; empty when the markers are gone. */
export function ourText(body: string): string {
  const start = body.indexOf(BEGIN)
  const end = body.indexOf(END, start)
  return start < 0 || end < 0
    ? ''
    : body
        .slice(start + BEGIN.length, end)
        .replace(NOTE, '')
        .trim()
}
