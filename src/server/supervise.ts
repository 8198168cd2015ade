import type { Logger } from 'pino'
import type { Running } from '../server.ts'

/**
 * Ends the process in order on SIGTERM and SIGINT (exit 0), and at once on anything nobody caught (exit 1): after such an error
 * no promise about our state holds, while a restart finds the store as the last commit left it.
 */
export function supervise(server: Running, log: Logger): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end(server, log, signal))
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, error => {
      log.fatal({ err: error }, `${event}: ending`)
      process.exit(1)
    })
}

async function end(server: Running, log: Logger, signal: string): Promise<void> {
  log.info({ signal }, 'stopping')
  try {
    await server.stop()
    log.info('stopped')
    process.exit(0)
  } catch (error) {
    log.fatal({ err: error }, 'stopping failed')
    process.exit(1)
  }
}
