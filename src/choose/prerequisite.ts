import { knownTool } from '../knowledge/index.ts'
import type { Pin, Upgrade } from '../model.ts'
import { readRange, readVersion } from '../text/version.ts'
import { countedVersion } from './route.ts'

/**
 * What has to be newer before an upgrade, as a sentence; null when nothing has. `standing` are the pins of the same environment that do
 * not move with it. Only what the maintainers of the tool demand counts, and only what stands in this repository can be seen.
 */
export function behind(upgrade: Upgrade, standing: readonly Pin[]): string | null {
  const known = knownTool(upgrade.source)
  const [from, to] = [upgrade.from, upgrade.to.version].map(text => readVersion(text, 'image')?.semver)
  if (known?.version !== 'app' || !from || !to) return null
  for (const { tool, entering, atLeast, why, source } of known.tool.needs) {
    const range = readRange(entering)
    const wanted = atLeast === 'same' ? to : readVersion(atLeast, 'chart')?.semver
    if (!range?.test(to) || !wanted || (atLeast !== 'same' && range.test(from))) continue
    for (const pin of standing) {
      const other = knownTool(pin.source)
      if (other?.tool.name !== tool) continue
      const version = countedVersion({ version: pin.version, appVersion: null }, other)
      const at = `${pin.place.file}:${pin.place.line}`
      if (version && version.compare(wanted) < 0)
        return `${tool} ${pin.version} (${at}) has to come to ${wanted.version} first: ${why} (${source})`
    }
  }
  return null
}
