import { z } from 'zod'
import type { DashboardMemory, Grant } from '../model.ts'
import { type Binding, grantSchema, readNote, writeNote } from './memory.ts'

const schema = z.object({
  version: z.literal(1),
  generation: z.int().min(0),
  granted: z.array(grantSchema),
  closed: z.string().nullable(),
})

/** Bytes of JSON that the grants in a note may have; written as base64 it stays below what a note may have. */
const ROOM = 5_500

/** The newest grants that find room. */
function newest(granted: readonly Grant[]): readonly Grant[] {
  let used = 0
  const kept = granted.toReversed().filter(grant => {
    used += Buffer.byteLength(JSON.stringify(grant)) + 1
    return used <= ROOM
  })
  return kept.toReversed()
}

type Where = Omit<Binding, 'branch'>

/** The one hidden line of the dashboard: what it remembers, signed and bound to the repository. Of very many grants the newest are kept. */
export function writeDashboardMemory(memory: DashboardMemory, where: Where): string {
  return writeNote('dashboard', { ...memory, granted: newest(memory.granted) }, { ...where, branch: '' })
}

/** What the body of an issue remembers; null when it is not our dashboard of this repository. */
export function readDashboardMemory(body: string, where: Where): DashboardMemory | null {
  const note = readNote('dashboard', body, { ...where, branch: '' })
  return note === null ? null : schema.parse(note.value)
}
