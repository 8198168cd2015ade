import type { Upgrade } from '../model.ts'
import { cell, code } from '../text/markdown.ts'
import { sentence } from './summary.ts'
import { moreLines, within } from './within.ts'

/** Room in UTF-16 units. */
const ROOM = 5_000

/** A place that moves along, and why. */
export type Together = {
  readonly component: string
  readonly file: string
  readonly line: number
  readonly why: string
}

/** Every place that moves with what leads an upgrade, follower by follower. */
export function togetherOf({ followers }: Pick<Upgrade, 'followers'>): readonly Together[] {
  return followers.flatMap(({ component, pins, why }) =>
    pins.map(({ place: { file, line } }) => ({ component, file, line, why })),
  )
}

/** The same in one line of plain text. */
export function togetherText({ component, file, line, why }: Together): string {
  return `${component} (${file}:${line}) because ${why}`
}

/** What moves along, and which newer versions wait for it, as lines of a pull request. */
export function togetherLines(upgrade: Upgrade): readonly string[] {
  const along = togetherOf(upgrade).map(
    ({ component, file, line, why }) =>
      `Moves together: **${cell(component, 100)}** (${code(`${file}:${line}`, 300)}) because ${sentence(why)}`,
  )
  const [newest] = upgrade.notYet
  const waits = newest ? [`Not yet ${code(newest.version, 100)}: ${sentence(newest.reason)}`] : []
  const lines = [...waits, ...along].map(line => `- ${line}`)
  return lines.length === 0 ? [] : ['', ...within(lines, ROOM, moreLines)]
}
