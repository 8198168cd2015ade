import {
  type Companion,
  candidates,
  choose,
  chooseDigest,
  followedTag,
  joined,
  nextDigest,
  type PinGroup,
  policyProblem,
} from '../choose/index.ts'
import { type ComponentPolicy, componentPolicy, type Policy } from '../config.ts'
import { earlierPins } from '../decide/promote.ts'
import { refusals, wantedOf } from '../decide/refusals.ts'
import type {
  Because,
  Choice,
  Detected,
  Grant,
  Hold,
  Looked,
  Outcome,
  Pin,
  Proposal,
  Release,
  Tree,
  Upgrade,
} from '../model.ts'
import { branchName } from '../text/branch.ts'
import { compareTexts } from '../text/order.ts'
import type { World } from '../world.ts'
import { dates } from './dates.ts'
import { comesFirst, prerequisites, wayTo } from './hops.ts'
import { prove } from './prove.ts'
import { ciOf, datedStep, gateOf, isWanted, refusalOf, type Step, stepsOf } from './steps.ts'

/** What a person asked for on the command line; null takes everything, the newest allowed. */
export type Wanted = { readonly component: string | null; readonly to: string | null }

export const EVERYTHING: Wanted = { component: null, to: null }

/** What the walk of one component needs to know. */
export type Walk = {
  readonly world: World
  /** The branch that is walked, null for the default one. */
  readonly into: string | null
  readonly tree: Tree
  readonly policy: Policy
  readonly detected: Detected
  /** Every pin of the repository, on whichever branch. */
  readonly everywhere: readonly Pin[]
  readonly proposals: readonly Proposal[]
  /** What the dashboard grants. */
  readonly granted: readonly Grant[]
  readonly wanted: Wanted
}

/** What is known of a component before anything is asked. */
export type Known = Omit<Outcome, 'kind'>

/** What is known of a group of pins without asking anybody. */
export function knownOf({ component, environment, source, pins }: PinGroup): Known {
  const from = pins.map(({ version }) => version).toSorted(compareTexts)[0] ?? ''
  return { component, environment, branch: branchName(environment, component), from, source }
}

/** What a source publishes, as far as it can be asked. */
export async function releasesOf({ world }: Walk, group: PinGroup): Promise<Looked<readonly Release[]>> {
  const { source } = group
  if (source.type === 'unknown') return { ok: false, reason: source.reason, retry: false }
  world.progress(`${knownOf(group).branch}: asking ${source.url} for versions`)
  return world.releases(source)
}

/** The life of an upgrade, from a group of pins that moves alone to a plan, or the reason why there is none. */
export async function outcomeOf(walk: Walk, group: PinGroup): Promise<Outcome> {
  const known = knownOf(group)
  if (!componentPolicy(walk.policy, group).enabled)
    return { ...known, kind: 'declined', reason: `The policy switches ${group.component} off here.` }
  const releases = await releasesOf(walk, group)
  return releases.ok ? moveOf(walk, group, releases.value, []) : { ...known, kind: 'unknown', reason: releases.reason }
}

/** The same from what its source publishes on, with those that move along: what holds for one of them holds for all. */
export async function moveOf(
  walk: Walk,
  group: PinGroup,
  releases: readonly Release[],
  companions: readonly Companion[],
): Promise<Outcome> {
  const { policy, wanted } = walk
  const known = knownOf(group)
  const rules = sharedRules(policy, group, companions)
  const newer = candidates(group, releases, rules)
  const [newest] = newer
  const tag = followedTag(group)
  const mayFollow = newest === undefined && wanted.to === null && policyProblem(rules) === null
  if (tag !== null && mayFollow) return digestOutcome(walk, group, tag, rules, known)

  const { steps, notYet } = stepsOf(newer, companions)
  const members = [group, ...companions.map(companion => companion.group)]
  const refusal = refusalOf(walk, members)
  const wished = upTo(steps, wantedOf(known.branch, walk.proposals)?.version ?? null)
  const ci = ciOf(walk, members)
  const agreed = wished.filter(step => refusal(step) === null && isWanted(step, wanted.to))
  const willing = agreed.filter(step => ci(step) === null)
  const [red] = agreed
  if (willing.length === 0 && red) return { ...known, ...held(red.release.version, 'ci', ci(red) ?? '') }
  if (willing.length === 0 && newest) return unwilling(wanted, known, steps.map(refusal)[0] ?? null, notYet)
  const gate = gateOf(walk, members)
  const reachable = willing.filter(step => gate(step) === null)
  const [first] = willing
  if (reachable.length === 0 && first) return { ...known, ...held(first.release.version, 'blocked', gate(first) ?? '') }

  const choice = await chooseHop(walk, { group, members, rules, releases, steps: reachable })
  if (choice.kind === 'held') return { ...known, ...choice }
  if (choice.kind !== 'upgrade') return follow(walk, choice, rules, known)
  const { to } = choice.upgrade
  const brings = reachable.find(({ release }) => release === to)?.brings ?? []
  const missed = notYet.filter(({ version }) => compareTexts(version, to.version) > 0)
  const upgrade = joined(choice.upgrade, companions, brings.slice(1), missed)
  const waits = prerequisites(walk.detected, upgrade).find(({ behind }) => behind !== null)?.behind ?? null
  if (waits !== null) return { ...known, ...held(to.version, 'blocked', waits) }
  return follow(walk, { kind: 'upgrade', upgrade }, rules, known)
}

/** The steps up to a version that a person asked for on the pull request; all of them where it is not among them any more. */
function upTo(steps: readonly Step[], wish: string | null): readonly Step[] {
  const last = steps.find(step => wish !== null && isWanted(step, wish))
  return last ? steps.filter(({ release }) => compareTexts(release.version, last.release.version) <= 0) : steps
}

type Held = { readonly kind: 'held'; readonly to: string } & Hold

/** A newer version that waits for something which only an event can change. */
function held(to: string, because: Because, reason: string): Held {
  return { kind: 'held', to, because, reason, until: null }
}

/** What is chosen from: the steps that nothing speaks against, for a group and those that move along. */
type Offer = {
  readonly group: PinGroup
  readonly members: readonly PinGroup[]
  readonly rules: ComponentPolicy
  readonly releases: readonly Release[]
  readonly steps: readonly Step[]
}

/** The newest step, or the next hop on the way to it, where the way is known to have any. */
async function chooseHop(walk: Walk, offer: Offer): Promise<Choice | Held> {
  const { steps, releases } = offer
  const wish = await chooseStep(walk, offer)
  if (wish.kind !== 'upgrade') return wish
  const { to, available } = wish.upgrade
  const route = wayTo(wish.upgrade, { takeable: steps.map(({ release }) => release), published: releases })
  const next = steps.filter(({ release }) => route.allows(release))
  const [hop] = route.hops
  const isAsked = walk.wanted.to !== null
  if (hop && (next.length === 0 || (isAsked && hop.to !== to.version))) return held(to.version, 'hop', comesFirst(hop))
  const isNext = next.some(({ release }) => release === to)
  const choice = isNext ? wish : await chooseStep(walk, { ...offer, steps: next })
  if (choice.kind !== 'upgrade') return choice
  const path = route.hops.map((each, i) => (i === 0 ? { ...each, to: choice.upgrade.to.version } : each))
  return { kind: 'upgrade', upgrade: { ...choice.upgrade, available, path } }
}

/** The newest of some steps that is old enough. */
async function chooseStep({ world }: Walk, { group, steps, members, rules }: Offer): Promise<Choice> {
  const dated = await dates(
    world,
    steps.map(step => datedStep(step, members)),
    rules.minimumReleaseAge,
  )
  const releases = steps.map(({ release }) => release)
  return choose(group, releases, dated, rules, world.now())
}

/** There are newer versions, and none of them is taken: a companion lacks it, somebody refused it, or it is not what was asked for. */
function unwilling({ to }: Wanted, known: Known, refused: string | null, notYet: Upgrade['notYet']): Outcome {
  const lack = notYet.find(({ version }) => to === null || version === to)
  if (refused === null && lack) return { ...known, ...held(lack.version, 'blocked', lack.reason) }
  return {
    ...known,
    kind: 'declined',
    reason: refused ?? `${to} is not among the versions that policy allows.`,
  }
}

/** The rules of a group and its companions: the leader's, the greatest age, and everybody's labels and reviewers. */
function sharedRules(policy: Policy, group: PinGroup, companions: readonly Companion[]): ComponentPolicy {
  const own = componentPolicy(policy, group)
  const all = [own, ...companions.map(companion => componentPolicy(policy, companion.group))]
  return {
    ...own,
    minimumReleaseAge: Math.max(...all.map(({ minimumReleaseAge }) => minimumReleaseAge)),
    labels: [...new Set(all.flatMap(({ labels }) => labels))],
    reviewers: [...new Set(all.flatMap(({ reviewers }) => reviewers))],
  }
}

/** What a choice comes to: an upgrade is proved, everything else is said. */
async function follow(walk: Walk, choice: Choice, rules: ComponentPolicy, known: Known): Promise<Outcome> {
  if (choice.kind === 'upgrade') return prove(walk, choice.upgrade, rules, known)
  if (choice.kind === 'waiting') return { ...known, ...held(choice.version, 'age', choice.reason), until: choice.until }
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
  const { world, policy, everywhere } = walk
  if (group.source.type === 'unknown') return { ...known, kind: 'unknown', reason: group.source.reason }
  const digest = await world.digest(group.source, tag)
  if (!digest.ok)
    return { ...known, kind: 'unknown', reason: `the digest of ${tag} could not be looked up: ${digest.reason}` }
  const next = nextDigest(group, tag, digest.value)
  if (next === null) return { ...known, kind: 'current' }
  const refused = refusals(known.branch, walk)(next.version)
  if (refused !== null) return { ...known, kind: 'declined', reason: refused }
  const before = earlierPins(group, everywhere, policy).find(pin => (pin.digest?.value ?? pin.version) !== digest.value)
  if (before)
    return {
      ...known,
      ...held(
        next.version,
        'blocked',
        `${before.environment} does not have this digest of ${tag} yet; this environment follows when it has`,
      ),
    }
  const name = `${next.version}@${digest.value}`
  const brings = [{ source: group.source, release: next, name }]
  const dated = await dates(world, [{ version: next.version, brings }], rules.minimumReleaseAge)
  return follow(walk, chooseDigest(group, next, dated, rules, world.now()), rules, known)
}
