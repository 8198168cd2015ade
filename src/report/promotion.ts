import type { Hold, Plan } from '../model.ts'
import { cell } from '../text/markdown.ts'
import { sentence } from './summary.ts'

/** What the gate of an environment says of an upgrade: what it waits for, and what was found about what runs before. */
export type Promotion = { readonly hold: Hold | null; readonly says: readonly string[] }

export const NOT_PROMOTED: Promotion = { hold: null, says: [] }

/** The same as lines of a pull request. One that is open and whose gate has closed since is not to be merged, and says so first. */
export function promotionLines({ feeds }: Pick<Plan, 'feeds'>, { hold, says }: Promotion): readonly string[] {
  const waits = hold === null ? [] : ['', `> **Do not merge yet**: ${sentence(hold.reason)}`]
  const lines = [...says.map(line => `- Before this: ${sentence(line)}`), ...shared(feeds)]
  return [...waits, ...(lines.length === 0 ? [] : ['', ...lines])]
}

/** A base that several environments share cannot go step by step. */
function shared(feeds: readonly string[]): readonly string[] {
  if (feeds.length < 2) return []
  const names = feeds.map(name => `**${cell(name, 60)}**`).join(', ')
  return [`- Shared: these files feed ${names} at the same time, so that the merge upgrades all of them at once`]
}
