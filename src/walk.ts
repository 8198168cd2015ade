import {
  candidates,
  choose,
  chooseDigest,
  followedTag,
  nextDigest,
  type PinGroup,
  policyProblem,
} from './choose/index.ts'
import { type ComponentPolicy, componentPolicy, type Policy } from './config.ts'
import { type Ceiling, ceiling, earlierPins } from './decide/promote.ts'
import { refusals } from './decide/refusals.ts'
import type { Choice, Detected, Outcome, Proposal, Release, Tree, Upgrade } from './model.ts'
import { branchName } from './plan/index.ts'
import { prove } from './prove.ts'
import { compareTexts } from './text/order.ts'
import type { World } from './world.ts'

/** What a person asked for on the command line; null takes everything, the newest allowed. */
export type Wanted = { readonly component: string | null; readonly to: string | null }

export const EVERYTHING: Wanted = { component: null, to: null }

/** What the walk of one component needs to know. */
export type Walk = {
  readonly world: World
  readonly tree: Tree
  readonly policy: Policy
  readonly detected: Detected
  readonly proposals: readonly Proposal[]
  readonly wanted: Wanted
}

/** What is known of a component before anything is asked. */
export type Known = Omit<Outcome, 'kind'>

/** What is known of a group of pins without asking anybody. */
export function knownOf({ component, environment, source, pins }: PinGroup): Known {
  const from = pins.map(({ version }) => version).toSorted(compareTexts)[0] ?? ''
  return { component, environment, branch: branchName(environment, component), from, source }
}

/** The life of an upgrade, from a group of pins to a plan, or the reason why there is none. */
export async function outcomeOf(walk: Walk, group: PinGroup): Promise<Outcome> {
  const { world, policy, detected, proposals, wanted } = walk
  const known = knownOf(group)
  const { branch } = known
  const rules = componentPolicy(policy, group)
  if (!rules.enabled) return { ...known, kind: 'declined', reason: `The policy switches ${group.component} off here.` }
  if (group.source.type === 'unknown') return { ...known, kind: 'unknown', reason: group.source.reason }

  world.progress(`${branch}: asking ${group.source.url} for versions`)
  const releases = await world.releases(group.source)
  if (!releases.ok) return { ...known, kind: 'unknown', reason: releases.reason }
  const newer = candidates(group, releases.value, rules)
  const [newest] = newer
  const tag = followedTag(group)
  const mayFollow = newest === undefined && wanted.to === null && policyProblem(rules) === null
  if (tag !== null && mayFollow) return digestOutcome(walk, group, tag, rules, known)

  const no = refusals(branch, proposals)
  const willing = newer.filter(({ version }) => no(version) === null && (wanted.to === null || version === wanted.to))
  if (willing.length === 0 && newest)
    return {
      ...known,
      kind: 'declined',
      reason: no(newest.version) ?? `${wanted.to} is not among the versions that policy allows.`,
    }
  const gate = ceiling(group, detected.pins, policy)
  const reachable = willing.filter(({ version }) => gate === null || compareTexts(version, gate.version) <= 0)
  if (reachable.length === 0 && newest)
    return { ...known, kind: 'held', to: newest.version, reason: waitsFor(gate, group.component) }

  const dated = await dates(world, group.source, reachable, rules)
  return follow(walk, choose(group, reachable, dated, rules, world.now()), rules, known)
}

/** What a choice comes to: an upgrade is proved, everything else is said. */
async function follow(walk: Walk, choice: Choice, rules: ComponentPolicy, known: Known): Promise<Outcome> {
  if (choice.kind === 'upgrade') return prove(walk, choice.upgrade, rules, known)
  if (choice.kind === 'waiting') return { ...known, kind: 'held', to: choice.version, reason: choice.reason }
  return { ...known, ...choice }
}

/** The same for a tag that stays: whether the digest that is pinned of it is still the one that it has. */
async function digestOutcome(
  walk: Walk,
  group: PinGroup,
  tag: string,
  rules: ComponentPolicy,
  known: Known,
): Promise<Outcome> {
  const { world, proposals, policy, detected } = walk
  if (group.source.type === 'unknown') return { ...known, kind: 'unknown', reason: group.source.reason }
  const digest = await world.digest(group.source, tag)
  if (!digest.ok)
    return { ...known, kind: 'unknown', reason: `the digest of ${tag} could not be looked up: ${digest.reason}` }
  const next = nextDigest(group, tag, digest.value)
  if (next === null) return { ...known, kind: 'current' }
  const refused = refusals(known.branch, proposals)(next.version)
  if (refused !== null) return { ...known, kind: 'declined', reason: refused }
  const before = earlierPins(group, detected.pins, policy).find(
    pin => (pin.digest?.value ?? pin.version) !== digest.value,
  )
  if (before)
    return {
      ...known,
      kind: 'held',
      to: next.version,
      reason: `${before.environment} does not have this digest of ${tag} yet; this environment follows when it has`,
    }
  const dated = await dates(world, group.source, [next], rules, ({ version }) => `${version}@${digest.value}`)
  return follow(walk, chooseDigest(group, next, dated, rules, world.now()), rules, known)
}

function waitsFor(gate: Ceiling | null, component: string): string {
  return gate === null
    ? ''
    : `${gate.environment} has ${component} ${gate.version}; this environment follows when a newer version runs there`
}

/** When each version appeared: from the registry, else since when we know it. Only asked where the policy wants an age. */
async function dates(
  world: World,
  source: Upgrade['source'],
  releases: readonly Release[],
  rules: ComponentPolicy,
  nameOf = ({ version }: Release) => version,
) {
  const dated = new Map<string, { at: string; source: 'published' | 'first-seen' }>()
  if (rules.minimumReleaseAge === 0) return dated
  for (const release of releases) {
    const published = release.publishedAt ?? (await world.publishedAt(source, release))
    const believable = published !== null && Date.parse(published) <= world.now().getTime()
    const at = believable ? published : await world.firstSeen(source, nameOf(release))
    dated.set(release.version, { at, source: believable ? 'published' : 'first-seen' })
    if (world.now().getTime() - Date.parse(at) >= rules.minimumReleaseAge) break
  }
  return dated
}
