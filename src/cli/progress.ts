import { plain } from '../text/plain.ts'

/** Shows what is being done: one line that changes on a terminal, plain lines elsewhere; always on stderr. */
export function createProgress(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>): {
  line(text: string): void
  done(): void
} {
  const live = stream.isTTY && process.env.CI === undefined
  return {
    line(text) {
      const shown = plain(text)
      if (live) stream.write(`\r\u001b[K${shown.slice(0, (stream.columns ?? 80) - 1)}`)
      else stream.write(`${shown}\n`)
    },
    done() {
      if (live) stream.write('\r\u001b[K')
    },
  }
}
