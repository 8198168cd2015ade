import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { KnownSource, World } from '../../world.ts'

const schema = z.record(z.string(), z.iso.datetime())

async function read(file: string): Promise<Record<string, string>> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return {}
  }
}

/**
 * Remembers in a file since when the command line knows a version, for registries without dates. A file that cannot be read is begun anew:
 * the ages start again, and nothing waits forever.
 */
export function createFirstSeenFile(file: string, now: () => Date): World['firstSeen'] {
  let turn: Promise<unknown> = Promise.resolve()
  const remember = async (source: KnownSource, version: string) => {
    const known = await read(file)
    const key = `${source.url} ${source.chart ?? ''} ${version}`
    const at = known[key] ?? now().toISOString()
    if (known[key] !== undefined) return at
    await mkdir(dirname(file), { recursive: true })
    await writeFile(`${file}.new`, JSON.stringify({ ...known, [key]: at }))
    await rename(`${file}.new`, file)
    return at
  }
  return (source, version) => {
    const mine = turn.then(() => remember(source, version))
    turn = mine.catch(() => {})
    return mine
  }
}
