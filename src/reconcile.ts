import pMap from 'p-map'
import { BadPolicy } from './bad-policy.ts'
import {
  candidates,
  choose,
  chooseDigest,
  followedTag,
  groupPins,
  nextDigest,
  type PinGroup,
  policyProblem,
} from './choose/index.ts'
import { compare } from './compare/index.ts'
import { type ComponentPolicy, componentPolicy, type Policy, policyOf } from './config.ts'
import { decide } from './decide/index.ts'
import { obey } from './decide/obey.ts'
import { type Ceiling, ceiling, earlierPins } from './decide/promote.ts'
import { refusals } from './decide/refusals.ts'
import { detect } from './detect/index.ts'
import { floor as floorOf, judge } from './judge/index.ts'
import type { Action, Detected, Looked, Outcome, Problem, Proposal, Release, Side, Tree, Upgrade } from './model.ts'
import { branchName, makePlan } from './plan/index.ts'
import { assess, chartNotes, evidence as evidenceOf, question } from './reason/index.ts'
import { wording } from './report/index.ts'
import { policyCheck } from './report/policy.ts'
import { reply } from './report/reply.ts'
import { compareTexts } from './text/order.ts'
import type { World } from './world.ts'

/** Registries and helm are asked for this many components at a time. */
const AT_ONCE = 4

/** What one look at a repository found, before anything is decided. */
export type Survey = {
  readonly tree: Tree
  readonly policy: Policy
  readonly detected: Detected
  readonly outcomes: readonly Outcome[]
  /** Keys of the policy that this version reads and does not act on. */
  readonly remarks: readonly Problem[]
  /** What could not be read or looked up. */
  readonly problems: readonly Problem[]
}

/** What a person asked for on the command line; null takes everything, the newest allowed. */
export type Wanted = { readonly component: string | null; readonly to: string | null }

export const EVERYTHING: Wanted = { component: null, to: null }

/** One level-triggered pass: look at the repository as it is now, and make it what it should be. */
export async function reconcile(world: World): Promise<{ actions: readonly Action[]; survey: Survey }> {
  const found = await world.proposals()
  const comments = await world.comments(found.filter(({ state }) => state === 'open'))
  const tree = await world.tree()
  const { policy, warnings } = await readPolicyOrSay(world, tree)
  const { proposals, answers, commanded } = obey(comments, found, policy)
  const survey = await look(world, tree, { policy, warnings }, proposals, EVERYTHING)
  const { actions, held } = decide(
    {
      outcomes: survey.outcomes,
      proposals,
      commanded,
      policy,
      now: world.now(),
      foreign: await world.foreignBranches(),
    },
    wording,
  )
  const replies = answers.map((answer): Action => {
    const { number, id } = answer.comment
    return { do: 'reply', number, comment: id, ...reply(answer, policy.commands) }
  })
  const all = [...actions, ...replies]
  await performEach(world, all)
  for (const { outcome, reason } of held) world.progress(`${outcome.branch}: held, ${reason}`)
  return { actions: all, survey }
}

/** Does every action; one that fails does not keep the others waiting. What failed is thrown together at the end. */
async function performEach(world: World, actions: readonly Action[]): Promise<void> {
  const failures: unknown[] = []
  for (const action of actions) {
    await world.perform(action).catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `${failures.length} of ${actions.length} actions failed: ${failures.map(String).join('; ')}`,
    )
}

/** The same walk without acting: what would be proposed, and why. */
export async function survey(world: World, wanted: Wanted = EVERYTHING): Promise<Survey> {
  const tree = await world.tree()
  return look(world, tree, readPolicy(tree), await world.proposals(), wanted)
}

/** A policy that cannot be read is said at the commit that has it, where people look; the pass ends there. */
async function readPolicyOrSay(world: World, tree: Tree) {
  const { read } = policyOf(tree.files)
  if (!read.ok) await world.perform({ do: 'check', commit: tree.commit, check: policyCheck(read.problems) })
  return readPolicy(tree)
}

function readPolicy(tree: Tree): { policy: Policy; warnings: readonly Problem[] } {
  const { read } = policyOf(tree.files)
  if (!read.ok) throw new BadPolicy(read.problems)
  return read
}

async function look(
  world: World,
  tree: Tree,
  { policy, warnings }: { policy: Policy; warnings: readonly Problem[] },
  proposals: readonly Proposal[],
  wanted: Wanted,
): Promise<Survey> {
  const detected = detect(tree, policy)
  const groups = policy.enabled ? groupPins(detected.pins) : []
  const asked = groups.filter(({ component }) => wanted.component === null || component === wanted.component)
  const walk: Walk = { world, tree, policy, detected, proposals, wanted }
  const outcomes = await pMap(asked, group => outcomeOf(walk, group), { concurrency: AT_ONCE })
  return {
    tree,
    policy,
    detected,
    outcomes,
    remarks: warnings,
    problems: [...detected.skipped, ...outcomes.flatMap(unknown)],
  }
}

/** What could not be found out about one component, as a line for people. */
function unknown(outcome: Outcome): Problem[] {
  if (outcome.kind !== 'unknown') return []
  const where = outcome.environment === null ? '' : ` in ${outcome.environment}`
  return [{ file: null, line: null, reason: `${outcome.component}${where}: ${outcome.reason}` }]
}

type Walk = {
  readonly world: World
  readonly tree: Tree
  readonly policy: Policy
  readonly detected: Detected
  readonly proposals: readonly Proposal[]
  readonly wanted: Wanted
}

/** The life of an upgrade, from a group of pins to a plan, or the reason why there is none. */
async function outcomeOf(walk: Walk, group: PinGroup): Promise<Outcome> {
  const { world, policy, detected, proposals, wanted } = walk
  const branch = branchName(group.environment, group.component)
  const lowest = group.pins.map(({ version }) => version).toSorted(compareTexts)[0] ?? ''
  const known = {
    component: group.component,
    environment: group.environment,
    branch,
    from: lowest,
    source: group.source,
  }
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
  const choice = choose(group, reachable, dated, rules, world.now())
  if (choice.kind === 'upgrade') return planOf(walk, choice.upgrade, rules, known)
  if (choice.kind === 'waiting') return { ...known, kind: 'held', to: choice.version, reason: choice.reason }
  return { ...known, ...choice }
}

/** The same for a tag that stays: whether the digest that is pinned of it is still the one that it has. */
async function digestOutcome(
  walk: Walk,
  group: PinGroup,
  tag: string,
  rules: ComponentPolicy,
  known: Omit<Outcome, 'kind'>,
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
  const choice = chooseDigest(group, next, dated, rules, world.now())
  if (choice.kind === 'upgrade') return planOf(walk, choice.upgrade, rules, known)
  if (choice.kind === 'waiting') return { ...known, kind: 'held', to: choice.version, reason: choice.reason }
  return { ...known, ...choice }
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

/** One side of an upgrade: the chart, rendered once per install with the user's own values. */
async function side(
  world: World,
  upgrade: Upgrade,
  version: string,
  digest: string | null,
  kubernetes: string | null,
): Promise<Looked<Side>> {
  const chart = await world.chart(upgrade.source, version, digest)
  if (!chart.ok) return chart
  const installs = upgrade.pins.flatMap(pin => pin.installs)
  const renders = await pMap(installs, install => world.render(chart.value, install, kubernetes), { concurrency: 2 })
  return { ok: true, value: { chart: chart.value, renders } }
}

/** Old digest -> new digest for the pins that carry one beside the version. */
async function movedDigests(world: World, { pins, source, to }: Upgrade): Promise<Looked<ReadonlyMap<string, string>>> {
  const pinned = pins.flatMap(({ digest }) => digest?.value ?? [])
  if (pinned.length === 0) return { ok: true, value: new Map() }
  const digest: Looked<string> =
    to.digest === null ? await world.digest(source, to.version) : { ok: true, value: to.digest }
  return digest.ok ? { ok: true, value: new Map(pinned.map(old => [old, digest.value])) } : digest
}

/** The one digest that all pins of the old version carry, to hold the old chart to; null when they carry none or differ. */
function pinnedDigest({ pins, from }: Upgrade): string | null {
  const digests = new Set(pins.filter(({ version }) => version === from).map(({ digest }) => digest?.value ?? null))
  const [only = null] = digests
  return digests.size === 1 ? only : null
}

async function planOf(
  walk: Walk,
  upgrade: Upgrade,
  rules: ComponentPolicy,
  known: Omit<Outcome, 'kind'>,
): Promise<Outcome> {
  const { world, tree, policy, detected } = walk
  const kubernetes = policy.environments.find(({ name }) => name === upgrade.environment)?.kubernetes ?? null
  world.progress(`${known.branch}: rendering ${upgrade.from} and ${upgrade.to.version}`)
  const digests = await movedDigests(world, upgrade)
  if (!digests.ok)
    return {
      ...known,
      kind: 'unknown',
      reason: `the digest of ${upgrade.to.version} cannot be pinned: ${digests.reason}`,
    }
  const [digest = upgrade.to.digest] = digests.value.values()
  const before = await side(world, upgrade, upgrade.from, pinnedDigest(upgrade), kubernetes)
  const after = await side(world, upgrade, upgrade.to.version, digest, kubernetes)
  for (const looked of [before, after])
    if (!looked.ok && looked.retry) return { ...known, kind: 'unknown', reason: looked.reason }
  const installs = upgrade.pins.flatMap(pin => pin.installs)
  const facts = compare({ upgrade, before, after, installs, resources: detected.resources, kubernetes })
  const findings = judge(facts)
  const floor = floorOf(findings)
  const notes = chartNotes(before, after, upgrade)
  const evidence = evidenceOf(facts, notes.notes)
  world.progress(`${known.branch}: risk is at least ${floor}, asking for an assessment`)
  const answer = await world.ask(question({ upgrade, findings, evidence, floor }))
  const assessed = assess({ answer, floor, findings, evidence })
  const planned = makePlan({
    upgrade,
    commit: tree.commit,
    files: tree.files,
    facts,
    findings,
    floor,
    assessed,
    evidence,
    after: after.ok ? after.value.chart : null,
    unknown: [
      ...notes.unknown,
      ...(kubernetes === null && upgrade.source.chart !== null
        ? [`the Kubernetes version of ${upgrade.environment ?? 'the cluster'}: not in the policy`]
        : []),
    ],
    digests: digests.value,
    labels: rules.labels,
    reviewers: rules.reviewers,
  })
  if (planned.ok) return { ...known, kind: 'planned', plan: planned.plan }
  return { ...known, kind: 'unknown', reason: `${planned.file}:${planned.line} ${planned.reason}` }
}
