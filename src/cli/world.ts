import { homedir } from 'node:os'
import { join } from 'node:path'
import { openLocalWorld, type Reading } from '../outside/local/world-local.ts'
import { openServices } from '../outside/services.ts'
import { createFirstSeenFile } from '../outside/store/first-seen-file.ts'
import type { SettingProblem } from '../server/variable.ts'
import { readToolSettings, type ToolSettings } from '../settings.ts'
import type { World } from '../world.ts'
import { UsageError } from './exit.ts'
import { createProgress } from './progress.ts'

/** Where the command line keeps caches when WINDLASS_DATA says nothing: never in the checkout it works on. */
function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'windlass')
}

/** Everything that is wrong with the environment, a line each. */
export function describeProblems(problems: readonly SettingProblem[]): string {
  return problems.map(({ variable, wrong, write }) => `${variable}: ${wrong}; write ${write}`).join('\n')
}

/** Reads process.env itself, so that secrets are gone from it before anything else runs. */
function readSettings(): ToolSettings {
  process.env.WINDLASS_DATA ??= cacheFolder()
  const read = readToolSettings(process.env)
  if (!read.ok) throw new UsageError(describeProblems(read.problems))
  return read.settings
}

/** Opens a checkout with everything outside that the walk needs, and closes it again whatever happens. */
export async function withLocalWorld<T>(root: string, reading: Reading, use: (world: World) => Promise<T>): Promise<T> {
  const settings = readSettings()
  const opened = await openServices(settings, process.env)
  if (!opened.ok) throw new UsageError(opened.problems.join('\n'))
  const progress = createProgress(process.stderr)
  const now = () => new Date()
  const services = {
    ...opened.services,
    ...opened.services.registries(),
    now,
    firstSeen: createFirstSeenFile(join(settings.data, 'first-seen.json'), now),
    progress: progress.line,
  }
  const world = await openLocalWorld(root, services, reading)
  try {
    return await use(world)
  } finally {
    progress.done()
    await opened.services.close()
  }
}
