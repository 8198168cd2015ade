import { type Companion, type Convoy, candidates, companion, partnerOf, releasedTogether } from '../choose/index.ts'
import { componentPolicy } from '../config.ts'
import type { LeftOut, Pin, Upgrade } from '../model.ts'
import { compareTexts } from '../text/order.ts'
import type { Bump } from './bumps.ts'
import { comesFirst, prerequisites, wayTo } from './hops.ts'
import type { Repository } from './prove.ts'
import type { Published } from './published.ts'
import type { Reviewable } from './review.ts'
import { gateOf } from './steps.ts'

/** Whether a pin stands where those that move come from, or before; digests have no order. */
function isBehind(pin: Pin, { group, to }: Bump): boolean {
  if (pin.version === to.version) return pin.digest !== null && to.digest !== null && pin.digest.value !== to.digest
  const isOld = group.pins.some(({ version }) => version === pin.version)
  return isOld || (!to.version.startsWith('sha256:') && compareTexts(pin.version, to.version) < 0)
}

/** Places of the same component that we would move too, and that stay. */
export function behindIn(bump: Bump, moved: ReadonlySet<Pin>): readonly LeftOut[] {
  const { whole } = bump
  return whole.pins
    .filter(pin => !moved.has(pin) && isBehind(pin, bump))
    .map(pin => stays(pin, whole.component, `${whole.component} moves elsewhere in this environment`))
}

function stays({ version, place: { file, line } }: Pin, component: string, why: string): LeftOut {
  return { kind: 'place', component, version, file, line, why }
}

/** Groups of the same release that the pull request leaves where they are, though their own source has the version too. */
export async function behindOf(
  { world, policy }: Repository,
  convoy: Convoy,
  { whole }: Bump,
  { release, releases }: Published,
  moved: ReadonlySet<Pin>,
): Promise<readonly LeftOut[]> {
  const left = convoy.followers.filter(({ group }) => group !== whole && !group.pins.some(pin => moved.has(pin)))
  const all: LeftOut[] = []
  for (const { group, why } of left) {
    const looked = group.source.type === 'unknown' ? null : await world.releases(group.source)
    if (!looked?.ok || !releasedTogether(whole, releases, looked.value)) continue
    const newer = candidates(group, looked.value, componentPolicy(policy, group))
    const one: Companion = companion({ group, why }, looked.value, newer)
    if (partnerOf(release, one).ok) all.push(...group.pins.map(pin => stays(pin, group.component, why)))
  }
  return all
}

/** What has to happen before: a version that may not be skipped, another tool, an environment that goes first. */
export function before(
  { detected, everywhere, policy }: Reviewable,
  upgrade: Upgrade,
  { group }: Bump,
  { release, releases }: Published,
  isLow: boolean,
): readonly LeftOut[] {
  const takeable = candidates(group, releases, componentPolicy(policy, group))
  const route = wayTo(upgrade, { takeable, published: releases })
  const [hop] = route.hops
  const says = [
    hop && !route.allows(release) ? comesFirst(hop) : null,
    ...prerequisites(detected, upgrade).map(({ behind }) => behind),
    isLow ? null : gateOf({ everywhere, policy, proposals: [] }, [group])({ release, brings: [release] }),
  ]
  return says.flatMap(text => (text === null ? [] : [{ kind: 'first' as const, says: text }]))
}
