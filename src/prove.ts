import pMap from 'p-map'
import { compare } from './compare/index.ts'
import type { ComponentPolicy, Policy } from './config.ts'
import { floor as floorOf, judge } from './judge/index.ts'
import type { Detected, Looked, Outcome, Side, Tree, Upgrade } from './model.ts'
import { makePlan } from './plan/index.ts'
import { assess, chartNotes, evidence as evidenceOf, question } from './reason/index.ts'
import type { ModelAnswer, ModelQuestion, World } from './world.ts'

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

/** The language model, where the policy wants one. */
async function ask(world: World, policy: Policy, asked: ModelQuestion): Promise<ModelAnswer> {
  if (!policy.llm.enabled) return { kind: 'none', reason: 'the policy switches the language model off' }
  return world.ask(asked)
}

/** What proving needs of the repository. */
export type Repository = {
  readonly world: World
  readonly tree: Tree
  readonly policy: Policy
  readonly detected: Detected
}

/**
 * Proves what an upgrade changes in this repository: both sides rendered and compared, judged and assessed, and put together as a plan.
 * What cannot be had right now is `unknown`; what is refused is a finding of the plan.
 */
export async function prove(
  { world, tree, policy, detected }: Repository,
  upgrade: Upgrade,
  rules: ComponentPolicy,
  known: Omit<Outcome, 'kind'>,
): Promise<Outcome> {
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
  const notes = chartNotes(before, after, upgrade)
  const { resources } = detected
  const facts = compare({ upgrade, before, after, installs, resources, kubernetes, notes: notes.notes })
  const findings = judge(facts)
  const floor = floorOf(findings)
  const evidence = evidenceOf(facts, notes.notes)
  world.progress(`${known.branch}: risk is at least ${floor}, asking for an assessment`)
  const answer = await ask(world, policy, question({ upgrade, findings, evidence, floor }))
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
