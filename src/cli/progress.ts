/** Shows what is being done: one line that changes on a terminal, plain lines elsewhere; always on stderr. */
export function createProgress(stream: NodeJS.WriteStream): { line(text: string): void; done(): void } {
  const live = stream.isTTY && process.env.CI === undefined
  return {
    line(text) {
      if (live) stream.write(`\r\u001b[K${text.slice(0, (stream.columns ?? 80) - 1)}`)
      else stream.write(`${text}\n`)
    },
    done() {
      if (live) stream.write('\r\u001b[K')
    },
  }
}
