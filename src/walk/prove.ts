import pMap from 'p-map'
import { type Comparison, compare, type Part } from '../compare/index.ts'
import type { ComponentPolicy, Policy } from '../config.ts'
import { environmentsFed } from '../detect/index.ts'
import { floor as floorOf, judge } from '../judge/index.ts'
import type { Detected, Looked, Note, Outcome, Side, Tree, Upgrade } from '../model.ts'
import { makePlan } from '../plan/index.ts'
import { assess, chartNotes, evidence as evidenceOf, question } from '../reason/index.ts'
import type { ModelAnswer, ModelQuestion, World } from '../world.ts'
import { adviceFor, draftsFor, examplesFor, movesFor, movingTools, unsupported } from './across.ts'
import { proveValues } from './prove-values.ts'

/** One component of an upgrade: what leads it, or a follower. */
type Member = Part['upgrade']

/** One side of a component: the chart, rendered once per install with the user's own values. */
async function side(
  world: World,
  { source, pins }: Member,
  version: string,
  digest: string | null,
  kubernetes: string | null,
): Promise<Looked<Side>> {
  const chart = await world.chart(source, version, digest)
  if (!chart.ok) return chart
  const installs = pins.flatMap(pin => pin.installs)
  const renders = await pMap(installs, install => world.render(chart.value, install, kubernetes), { concurrency: 2 })
  return { ok: true, value: { chart: chart.value, renders } }
}

/** Old digest -> new digest for the pins that carry one beside the version. */
async function movedDigests(world: World, { pins, source, to }: Member): Promise<Looked<ReadonlyMap<string, string>>> {
  const pinned = pins.flatMap(({ digest }) => digest?.value ?? [])
  if (pinned.length === 0) return { ok: true, value: new Map() }
  const digest: Looked<string> =
    to.digest === null ? await world.digest(source, to.version) : { ok: true, value: to.digest }
  return digest.ok ? { ok: true, value: new Map(pinned.map(old => [old, digest.value])) } : digest
}

/** The one digest that all pins of the old version carry, to hold the old chart to; null when they carry none or differ. */
function pinnedDigest({ pins, from }: Member): string | null {
  const digests = new Set(pins.filter(({ version }) => version === from).map(({ digest }) => digest?.value ?? null))
  const [only = null] = digests
  return digests.size === 1 ? only : null
}

/** Both sides of a component, and the digests that move with it; or why they cannot be had right now. */
async function look(
  world: World,
  member: Member,
  kubernetes: string | null,
): Promise<Looked<Part & { readonly digests: ReadonlyMap<string, string> }>> {
  const { from, to, pins } = member
  const digests = await movedDigests(world, member)
  if (!digests.ok) return { ...digests, reason: `the digest of ${to.version} cannot be pinned: ${digests.reason}` }
  const [digest = to.digest] = digests.value.values()
  const [before, after] = await Promise.all([
    side(world, member, from, pinnedDigest(member), kubernetes),
    side(world, member, to.version, digest, kubernetes),
  ])
  for (const looked of [before, after]) if (!looked.ok && looked.retry) return looked
  const installs = pins.flatMap(pin => pin.installs)
  return { ok: true, value: { upgrade: member, before, after, installs, digests: digests.value } }
}

/** The leader and its followers, each as a component with the environment that they share. */
function membersOf(upgrade: Upgrade): readonly [Member, ...Member[]] {
  const { environment } = upgrade
  return [upgrade, ...upgrade.followers.map(follower => ({ ...follower, environment }))]
}

/** What the charts of followers say about the versions, where the leader's own chart does not say the same. */
function notesOfFollowers(parts: readonly Part[], upgrade: Upgrade, known: readonly Note[]): readonly Note[] {
  const said = new Set(known.map(({ text }) => text))
  return parts
    .filter(({ after }) => after.ok)
    .flatMap(part => chartNotes(part.before, part.after, { ...upgrade, ...part.upgrade }).notes)
    .filter(({ text }) => !said.has(text) && said.add(text))
}

/** The language model, where the policy wants one. */
async function ask(world: World, policy: Policy, asked: ModelQuestion): Promise<ModelAnswer> {
  if (!policy.llm.enabled) return { kind: 'none', reason: 'the policy switches the language model off' }
  return world.ask(asked)
}

/** The environments that change with the files of no environment in particular. */
function fed({ pins, environment }: Upgrade, files: Tree['files'], policy: Policy): readonly string[] {
  const shared = environment === null ? new Set(pins.map(({ place }) => place.file)) : []
  return [...new Set([...shared].flatMap(file => environmentsFed(file, files, policy.environments)))]
}

/** What proving needs of the repository. */
export type Repository = {
  readonly world: World
  readonly into: string | null
  readonly tree: Tree
  readonly policy: Policy
  readonly detected: Detected
}

/**
 * Proves what an upgrade changes in this repository: both sides rendered and compared, judged and assessed, and put together as a plan.
 * What cannot be had right now is `unknown`; what is refused is a finding of the plan.
 */
export async function prove(
  { world, into, tree, policy, detected }: Repository,
  upgrade: Upgrade,
  rules: ComponentPolicy,
  known: Omit<Outcome, 'kind'>,
): Promise<Outcome> {
  const kubernetes = policy.environments.find(({ name }) => name === upgrade.environment)?.kubernetes ?? null
  world.progress(`${known.branch}: rendering ${upgrade.from} and ${upgrade.to.version}`)
  const [leads, ...follow] = membersOf(upgrade)
  const own = await look(world, leads, kubernetes)
  if (!own.ok) return { ...known, kind: 'unknown', reason: own.reason }
  const followers: (typeof own.value)[] = []
  for (const member of follow) {
    const looked = await look(world, member, kubernetes)
    if (!looked.ok) return { ...known, kind: 'unknown', reason: `${member.component}: ${looked.reason}` }
    followers.push(looked.value)
  }
  const parts = [own.value, ...followers]
  const notes = chartNotes(own.value.before, own.value.after, upgrade)
  const all = [...notes.notes, ...notesOfFollowers(followers, upgrade, notes.notes)]
  const comparison: Comparison = { ...own.value, followers, resources: detected.resources, kubernetes, notes: all }
  const moving = movingTools(comparison, null)
  const facts = [...(await proveValues(world, comparison, compare(comparison))), ...unsupported(moving, kubernetes)]
  const findings = judge(facts)
  const floor = floorOf(findings)
  const evidence = evidenceOf(facts, all)
  world.progress(`${known.branch}: risk is at least ${floor}, asking for an assessment`)
  const answer = await ask(world, policy, question({ upgrade, findings, evidence, floor }))
  const assessed = assess({ answer, floor, findings, evidence })
  const moves = await movesFor(comparison, facts, moving, async ({ after }, installs) =>
    after.ok ? pMap(installs, install => world.render(after.value.chart, install, kubernetes), { concurrency: 2 }) : [],
  )
  const planned = makePlan({
    upgrade,
    into,
    commit: tree.commit,
    files: tree.files,
    facts,
    findings,
    floor,
    assessed,
    evidence,
    charts: parts
      .filter(part => part.upgrade.source.chart !== null)
      .map(({ after, installs }) => ({ chart: after.ok ? after.value.chart : null, installs })),
    unknown: [
      ...notes.unknown,
      ...(kubernetes === null && upgrade.source.chart !== null
        ? [`the Kubernetes version of ${upgrade.environment ?? 'the cluster'}: not in the policy`]
        : []),
    ],
    feeds: fed(upgrade, tree.files, policy),
    digests: new Map(parts.flatMap(({ digests }) => [...digests])),
    drafts: draftsFor(comparison, facts, moving, tree.files),
    moves,
    examples: examplesFor(comparison, moving),
    advice: adviceFor(moving),
    labels: rules.labels,
    reviewers: rules.reviewers,
  })
  if (planned.ok) return { ...known, kind: 'planned', plan: planned.plan }
  return { ...known, kind: 'unknown', reason: `${planned.file}:${planned.line} ${planned.reason}` }
}
