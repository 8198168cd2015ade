import { createHash } from 'node:crypto'
import type { Assessed, Evidence, Fact, Finding, Plan, RepoFile, Risk, Upgrade } from '../model.ts'
import { branchName } from './branch.ts'
import { lockEdits } from './chart-lock.ts'
import { type Carried, crdDelivery } from './crd-delivery.ts'
import { editFiles, edits, stuckDigests } from './edit.ts'
import { rollback } from './rollback.ts'
import { todo } from './todo.ts'

/** Everything that the street has found out about one upgrade. */
export type Ingredients = {
  readonly upgrade: Upgrade
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
 * does not count, so that a push elsewhere in the file is no reason to touch the branch.
 */
function hashInputs(
  { upgrade, facts, assessed, evidence, labels, reviewers }: Ingredients,
  changes: Plan['edits'],
): string {
  const inputs = {
    to: upgrade.to,
    followers: upgrade.followers.map(({ component, to, why }) => [component, to, why]),
    edits: changes.map(({ place, from, to }) => [place.file, from, to]),
    facts,
    risk: assessed.final,
    document: assessed.document,
    notes: evidence.filter(({ kind }) => kind === 'note').map(({ text }) => text),
    labels,
    reviewers,
  }
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 32)
}

/** Puts together what one pull request does. A plan is data; nothing is written here. */
export function makePlan(ingredients: Ingredients): Planned {
  const {
    upgrade,
    commit,
    files,
    facts,
    findings,
    floor,
    assessed,
    evidence,
    charts,
    unknown,
    digests,
    labels,
    reviewers,
  } = ingredients
  const moves = [upgrade, ...upgrade.followers].flatMap(({ pins, to }) => pins.map(pin => ({ pin, to: to.version })))
  const [stuck] = stuckDigests(
    moves.map(({ pin }) => pin),
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
  const direct = edits(moves, digests)
  const changes = [...direct, ...lockEdits(files, direct)]
  const edited = editFiles(files, changes)
  if (!edited.ok) return edited
  const delivery = crdDelivery(facts, charts)
  return {
    ok: true,
    plan: {
      upgrade,
      branch: branchName(upgrade.environment, upgrade.component),
      commit,
      facts,
      findings,
      floor,
      assessed,
      evidence,
      edits: changes,
      files: edited.files,
      crdDelivery: delivery.says,
      rollback: rollback(facts),
      todo: todo(facts, delivery),
      unknown,
      labels,
      reviewers,
      inputs: hashInputs(ingredients, changes),
    },
  }
}

export { branchName } from './branch.ts'
