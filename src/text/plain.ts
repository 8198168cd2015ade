import { stripHidden } from './hidden.ts'

/** One line for a terminal: control and hidden characters of strangers' text would steer it, so they go. */
export function plain(text: string): string {
  return stripHidden(text).replace(/[\n\t]/g, ' ')
}
