import { createHash } from 'node:crypto'
import type { Assessed, Evidence, Fact, Finding, Migration, Place, Plan, RepoFile, Risk, Upgrade } from '../model.ts'
import { branchName } from '../text/branch.ts'
import type { Advice } from './advice.ts'
import { lockEdits } from './chart-lock.ts'
import { type Carried, crdDelivery } from './crd-delivery.ts'
import type { Draft } from './drafts.ts'
import { editFiles, edits, stuckDigests } from './edit.ts'
import { migrate } from './migrate.ts'
import { ownChartEdits } from './own-chart.ts'
import { rollback } from './rollback.ts'
import { todo } from './todo.ts'
import type { ValueMove } from './value-moves.ts'

/** Everything that the street has found out about one upgrade. */
export type Ingredients = {
  readonly upgrade: Upgrade
  readonly into: string | null
  readonly commit: string
  readonly files: readonly RepoFile[]
  readonly facts: readonly Fact[]
  readonly findings: readonly Finding[]
  readonly floor: Risk
  readonly assessed: Assessed
  readonly evidence: readonly Evidence[]
  /** Every chart that moves, the leader's first. */
  readonly charts: readonly Carried[]
  readonly unknown: readonly string[]
  readonly feeds: readonly string[]
  /** How the user's resources and values get across. */
  readonly drafts: readonly Draft[]
  readonly moves: readonly ValueMove[]
  readonly examples: readonly Migration[]
  readonly advice: Advice
  /** Old digest -> new digest, for pins that carry one. */
  readonly digests: ReadonlyMap<string, string>
  readonly labels: readonly string[]
  readonly reviewers: readonly string[]
}

/** A finished plan, or why the edit cannot be made, with the file and line. */
export type Planned =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly reason: string; readonly file: string; readonly line: number }

/**
 * What the pull request is made of, without its base: equal inputs give an equal pull request. Where an edit stands in its file
 * does not count, so that a push elsewhere in the file is no reason to touch the branch; the lines around it do, because a change
 * of theirs is what git calls a conflict.
 */
function hashInputs(
  { upgrade, files, facts, feeds, assessed, evidence, labels, reviewers }: Ingredients,
  changes: Plan['edits'],
  migrations: readonly Migration[],
): string {
  const inputs = {
    to: upgrade.to,
    followers: upgrade.followers.map(({ component, to, why }) => [component, to, why]),
    edits: changes.map(({ place, from, to }) => [place.file, from, to, around(files, place)]),
    migrations: migrations.map(({ file, what, mechanical, after, todo: left }) => [
      file,
      what,
      mechanical,
      after,
      left,
    ]),
    facts,
    feeds,
    risk: assessed.final,
    document: assessed.document,
    notes: evidence.filter(({ kind }) => kind === 'note').map(({ text }) => text),
    labels,
    reviewers,
  }
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 32)
}

/** Lines on each side of an edit that git merges together with it (the context of a diff). */
const CONTEXT = 3

/** The text around an edit. */
function around(files: readonly RepoFile[], { file, start, end }: Place): string {
  const text = files.find(({ path }) => path === file)?.text ?? ''
  const before = text
    .slice(0, start)
    .split('\n')
    .slice(-CONTEXT - 1)
  const after = text
    .slice(end)
    .split('\n')
    .slice(0, CONTEXT + 1)
  return `${before.join('\n')}\0${after.join('\n')}`
}

/** Puts together what one pull request does. A plan is data; nothing is written here. */
export function makePlan(ingredients: Ingredients): Planned {
  const {
    upgrade,
    into,
    commit,
    files,
    facts,
    findings,
    floor,
    assessed,
    evidence,
    charts,
    unknown,
    feeds,
    digests,
    labels,
    reviewers,
    drafts,
    moves,
    examples,
    advice,
  } = ingredients
  const moved = [upgrade, ...upgrade.followers].flatMap(({ pins, to }) => pins.map(pin => ({ pin, to: to.version })))
  const [stuck] = stuckDigests(
    moved.map(({ pin }) => pin),
    digests,
  )
  if (stuck) {
    const { file, line } = stuck.place
    return {
      ok: false,
      reason: 'the digest pinned beside the version would stay behind: its new value is not known',
      file,
      line,
    }
  }
  const direct = edits(moved, digests)
  const changes = [...direct, ...ownChartEdits(files, direct), ...lockEdits(files, direct)]
  const edited = editFiles(files, changes)
  if (!edited.ok) return edited
  const delivery = crdDelivery(facts, charts)
  const migrated = migrate(files, edited.files, drafts, moves, examples)
  return {
    ok: true,
    plan: {
      upgrade,
      branch: branchName(upgrade.environment, upgrade.component),
      into,
      commit,
      facts,
      findings,
      floor,
      assessed,
      evidence,
      edits: changes,
      files: migrated.files,
      migrations: migrated.migrations,
      crdDelivery: delivery,
      rollback: advice.rollback ?? rollback(facts),
      todo: todo(facts, migrated.migrations, advice),
      unknown,
      feeds,
      labels,
      reviewers,
      inputs: hashInputs(ingredients, changes, migrated.migrations),
    },
  }
}

export { type Advice, adviceOf, NO_ADVICE } from './advice.ts'
export { type Draft, draftsOf } from './drafts.ts'
export { movesOf, renamedInstalls, type ValueMove } from './value-moves.ts'
