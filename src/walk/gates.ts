import type { Policy } from '../config.ts'
import { type AtGate, type Before, type Gate, gate } from '../decide/gate.ts'
import { earlierPins, rank } from '../decide/promote.ts'
import type { Detected, Grant, Outcome, Pin, Proposal, Upgrade } from '../model.ts'
import { branchName } from '../text/branch.ts'
import { compareTexts } from '../text/order.ts'
import { releasesOf } from '../watch/index.ts'
import type { World } from '../world.ts'
import { type Asked, type Watched, watchAll } from './health.ts'
import { prerequisites } from './hops.ts'

/** What the gates need to know of a repository. */
export type Yard = {
  readonly world: World
  readonly policy: Policy
  readonly detected: Detected
  readonly proposals: readonly Proposal[]
  readonly grants: readonly Grant[]
  /** The heads of the branches that are walked. */
  readonly heads: readonly string[]
}

/** The gates of planned upgrades, what they wait for, and the health of merged ones, all by branch, and the signals that nobody believed. */
export type Gates = Watched & {
  readonly gates: ReadonlyMap<string, Gate>
  readonly before: ReadonlyMap<string, readonly Before[]>
}

type Wait = Asked & Pick<Before, 'kind'>

/** Asks for the health of whatever an upgrade waits for, once for all of them, and judges each gate. */
export async function gatesOf(yard: Yard, outcomes: readonly Outcome[]): Promise<Gates> {
  const planned = outcomes.flatMap(outcome => (outcome.kind === 'planned' ? [outcome] : []))
  const waits = await Promise.all(planned.map(async outcome => ({ outcome, befores: await beforesOf(yard, outcome) })))
  const befores = waits.flatMap(each => each.befores)
  const watched = await watchAll(yard, [...befores, ...(isWatching(yard, befores) ? await mergedUpgrades(yard) : [])])
  const atGates = waits.map(each => atGate(yard, each.outcome, each.befores, watched))
  return {
    ...watched,
    gates: new Map(atGates.map(one => [one.branch, gate(one, yard.grants, yard.world.now())])),
    before: new Map(atGates.map(({ branch, before }) => [branch, before])),
  }
}

function atGate(
  { policy }: Yard,
  { branch, environment, plan }: Planned,
  waits: readonly Wait[],
  { health }: Watched,
): AtGate {
  return {
    branch,
    version: plan.upgrade.to.version,
    environment: policy.environments.find(({ name }) => name === environment) ?? null,
    before: waits.map(({ kind, environment: where, standing, ...wait }): Before => {
      const { component, version, since } = standing
      return {
        kind,
        environment: where,
        component,
        version,
        since,
        health: health.get(wait.branch) ?? { kind: 'unwatched' },
      }
    }),
  }
}

/** The events after which the health of something may be another. */
const HEALTH_EVENTS = [
  'status',
  'check_run',
  'check_suite',
  'deployment_status',
  'repository_dispatch',
  'flux',
  'generic',
  'due',
  'sweep',
]

/** Whether signals are worth a question: something waits for them, or one of them woke us. */
function isWatching({ world }: Yard, waits: readonly Wait[]): boolean {
  return waits.some(({ strict }) => strict) || HEALTH_EVENTS.some(event => world.woken.has(event))
}

type Planned = Outcome & { readonly kind: 'planned' }

async function beforesOf(yard: Yard, outcome: Planned): Promise<readonly Wait[]> {
  const { upgrade } = outcome.plan
  const own = healthOf(yard.policy, upgrade.environment).length > 0
  const waits = await Promise.all([
    ...environmentsBefore(yard, upgrade).map(pin => waitFor(yard, 'environment', pin, isSoaked(yard, upgrade))),
    ...(own ? hopBefore(yard, outcome).map(pin => waitFor(yard, 'hop', pin, true)) : []),
    ...(own ? prerequisitesOf(yard, upgrade).map(pin => waitFor(yard, 'prerequisite', pin, true)) : []),
  ])
  return waits
}

function healthOf({ environments }: Policy, environment: string | null) {
  return environments.find(({ name }) => name === environment)?.health ?? []
}

/** A soak time is a time of health, so somebody has to tell. */
function isSoaked({ policy }: Yard, { environment }: Upgrade): boolean {
  return (policy.environments.find(({ name }) => name === environment)?.requiredSoakTime ?? 0) > 0
}

/** The lowest pin of the component in each environment directly before. */
function environmentsBefore({ policy, detected }: Yard, upgrade: Upgrade): readonly Pin[] {
  const pins = earlierPins(upgrade, detected.pins, policy)
  const last = Math.max(...pins.map(({ environment }) => rank(environment, policy) ?? 0))
  const direct = Map.groupBy(
    pins.filter(({ environment }) => rank(environment, policy) === last),
    ({ environment }) => environment,
  )
  return [...direct.values()].flatMap(group => group.toSorted((a, b) => compareTexts(a.version, b.version)).slice(0, 1))
}

/** What stands now, where a pull request of ours brought it: the next one waits until it is healthy. */
function hopBefore({ proposals }: Yard, { branch, plan }: Planned): readonly Pin[] {
  const { upgrade } = plan
  const isBrought = proposals.some(each => isMerged(each, branch, upgrade.from))
  return isBrought ? upgrade.pins.filter(({ version }) => version === upgrade.from).slice(0, 1) : []
}

/** What the tool needs first, where a pull request of ours brought it. */
function prerequisitesOf({ detected, proposals }: Yard, upgrade: Upgrade): readonly Pin[] {
  return prerequisites(detected, upgrade)
    .map(({ pin }) => pin)
    .filter(pin => proposals.some(each => isMerged(each, branchName(pin.environment, pin.component), pin.version)))
}

function isMerged({ state, branch, memory }: Proposal, wanted: string, version: string): boolean {
  return state === 'merged' && branch === wanted && memory.kind === 'upgrade' && memory.to === version
}

async function waitFor(yard: Yard, kind: Before['kind'], pin: Pin, isNeeded: boolean): Promise<Wait> {
  return { kind, ...(await askedOf(yard, pin, isNeeded || healthOf(yard.policy, pin.environment).length > 0)) }
}

/** What is asked of a pin: since when it stands, by the pull request that brought it, else by when it was first seen; and by which commit. */
async function askedOf({ world, proposals, detected, heads }: Yard, pin: Pin, strict: boolean): Promise<Asked> {
  const { component, environment, version, digest, installs } = pin
  const branch = branchName(environment, component)
  const brought = proposals
    .filter(each => isMerged(each, branch, version))
    .toSorted(byMerge)
    .at(-1)
  const since = brought?.mergedAt ?? (await world.since(`standing ${branch} ${version}`))
  const commits = [...(brought?.mergeCommit ? [brought.mergeCommit] : []), ...heads]
  const releases = releasesOf(installs, detected.resources)
  const standing = { component, version, digest: digest?.value ?? null, since, commits, releases, run: null }
  return { branch, environment, standing, strict }
}

function byMerge(a: Proposal, b: Proposal): number {
  return (a.mergedAt ?? '').localeCompare(b.mergedAt ?? '')
}

/** Days after the merge during which a red health still takes an upgrade back. */
const WATCHED_DAYS = 7

/** Upgrades of ours that were merged lately, still stand, and whose environment reports its health. */
async function mergedUpgrades(yard: Yard): Promise<readonly Asked[]> {
  const { proposals, policy, detected, world } = yard
  const oldest = world.now().getTime() - WATCHED_DAYS * 86_400_000
  const recent = proposals.filter(
    ({ state, mergedAt, memory }) =>
      state === 'merged' &&
      memory.kind === 'upgrade' &&
      Date.parse(mergedAt ?? '') > oldest &&
      healthOf(policy, memory.environment).length > 0,
  )
  const pins = recent.flatMap(({ memory }) =>
    detected.pins
      .filter(
        ({ component, environment, version }) =>
          component === memory.component && environment === memory.environment && version === memory.to,
      )
      .slice(0, 1),
  )
  return Promise.all(pins.map(pin => askedOf(yard, pin, true)))
}
