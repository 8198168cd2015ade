import { type DestinationStream, destination, type Logger, pino } from 'pino'

/** The fields of an error that we print. Octokit hangs requests with headers on errors, and webhook errors carry the whole payload. */
function printError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack, cause } = error
  const code = 'code' in error ? error.code : undefined
  const status = 'status' in error ? error.status : undefined
  return { name, message, code, status, stack, cause: cause === undefined ? undefined : printError(cause) }
}

/**
 * JSON lines on stderr, written at once so that the last words of a crash arrive. Payloads, requests and anything
 * named like a credential are left out, whoever logs them.
 */
export function createLog(level: string, to: DestinationStream = destination({ dest: 2, sync: true })): Logger {
  return pino(
    {
      level,
      base: { name: 'windlass' },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
      serializers: { err: printError, error: printError, event: () => undefined, payload: () => undefined },
      redact: {
        paths: ['request', 'headers', '*.headers', '*.request', '*.token', 'token', '*.privateKey', '*.secret'],
        remove: true,
      },
    },
    to,
  )
}
