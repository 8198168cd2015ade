import type { Hold } from '../model.ts'
import { sentence } from './summary.ts'

/** What the gate of an environment says of an upgrade: what it waits for, and what was found about what runs before. */
export type Promotion = { readonly hold: Hold | null; readonly says: readonly string[] }

export const NOT_PROMOTED: Promotion = { hold: null, says: [] }

/** The same as lines of a pull request. One that is open and whose gate has closed since is not to be merged, and says so first. */
export function promotionLines({ hold, says }: Promotion): readonly string[] {
  const waits = hold === null ? [] : ['', `> **Do not merge yet**: ${sentence(hold.reason)}`]
  return [...waits, ...(says.length === 0 ? [] : ['', ...says.map(line => `- Before this: ${sentence(line)}`)])]
}
