import { constants } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkName } from './archive-paths.ts'

/** Create only: never through a link, never over something that is there. */
const FRESH = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/**
 * Writes the files of a chart, by their paths below its root, into `dir`, which must not exist yet (its parent must) and
 * becomes the chart's root. Throws when it does, or when a path is not one that the archive reader lets through.
 */
export async function writeFiles(files: ReadonlyMap<string, Buffer>, dir: string): Promise<void> {
  await mkdir(dir, { mode: 0o755 })
  for (const [path, bytes] of files) {
    checkName(path)
    const target = join(dir, path)
    await mkdir(dirname(target), { recursive: true, mode: 0o755 })
    const file = await open(target, FRESH, 0o644)
    try {
      await file.writeFile(bytes)
    } finally {
      await file.close()
    }
  }
}
