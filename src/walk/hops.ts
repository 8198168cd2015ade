import { type Choices, countedVersion, type Needed, needed, type Route, routeOf } from '../choose/index.ts'
import { knownTool } from '../knowledge/index.ts'
import type { Detected, Hop, Upgrade } from '../model.ts'

/** The way to an upgrade's version, by what is known of the tool that its source publishes. */
export function wayTo({ from, to, source }: Upgrade, choices: Choices): Route {
  const known = knownTool(source)
  const standing = choices.published.find(({ version }) => version === from) ?? { version: from, appVersion: null }
  return routeOf(known && countedVersion(standing, known), to, choices, known)
}

/** Why a version cannot be had yet, as a sentence. */
export function comesFirst({ to, because, source }: Hop): string {
  return `${to} comes first: ${because} (${source})`
}

/** What has to stand at some version in the same environment before this upgrade. */
export function prerequisites({ pins }: Detected, upgrade: Upgrade): readonly Needed[] {
  const moving = new Set([upgrade, ...upgrade.followers].flatMap(member => member.pins))
  const standing = pins.filter(pin => pin.environment === upgrade.environment && !moving.has(pin))
  return needed(upgrade, standing)
}
