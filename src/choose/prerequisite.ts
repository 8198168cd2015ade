import { knownTool } from '../knowledge/index.ts'
import type { Pin, Upgrade } from '../model.ts'
import { readRange, readVersion } from '../text/version.ts'
import { countedVersion } from './route.ts'

/** A pin that the maintainers of a tool want at a version first; `behind` says what is missing, null when it is there. */
export type Needed = { readonly pin: Pin; readonly behind: string | null }

/**
 * What has to stand at some version before an upgrade. `standing` are the pins of the same environment that do not move with it. Only what the
 * maintainers of the tool demand counts, and only what stands in this repository can be seen.
 */
export function needed(upgrade: Upgrade, standing: readonly Pin[]): readonly Needed[] {
  const known = knownTool(upgrade.source)
  const [from, to] = [upgrade.from, upgrade.to.version].map(text => readVersion(text, 'image')?.semver)
  if (known?.version !== 'app' || !from || !to) return []
  const found: Needed[] = []
  for (const { tool, entering, atLeast, why, source } of known.tool.needs) {
    const range = readRange(entering)
    const wanted = atLeast === 'same' ? to : readVersion(atLeast, 'chart')?.semver
    if (!range?.test(to) || !wanted || (atLeast !== 'same' && range.test(from))) continue
    for (const pin of standing) {
      const other = knownTool(pin.source)
      if (other?.tool.name !== tool) continue
      const version = countedVersion({ version: pin.version, appVersion: null }, other)
      const at = `${pin.place.file}:${pin.place.line}`
      const isBehind = version !== null && version.compare(wanted) < 0
      const missing = `${tool} ${pin.version} (${at}) has to come to ${wanted.version} first: ${why} (${source})`
      found.push({ pin, behind: isBehind ? missing : null })
    }
  }
  return found
}
