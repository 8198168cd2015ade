import { plain } from '../text/plain.ts'

/** Prints what strangers may have written in part: line by line, without anything that steers a terminal. */
export function say(stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${text.split('\n').map(plain).join('\n')}\n`)
}
