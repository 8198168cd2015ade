import { createLog } from '../../src/server/log.ts'
import { supervise } from '../../src/server/supervise.ts'
import { startWindlass } from './town.ts'

/** `windlass serve` in a process of its own, but for the pauses between writes; `startWindlass` keeps the environment as it is. */
supervise(await startWindlass(process.env as Record<string, string>), createLog('info'))
