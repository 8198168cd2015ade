import type { Edit, Fact, FactOf, Outcome, PinKind, Plan, Problem, PullRequest, Risk } from '../model.ts'
import { saidKind } from './crd-kinds.ts'
import { pullRequest } from './pull-request.ts'
import { sourceJson } from './scan-json.ts'
import { type Together, togetherOf } from './together.ts'

/** The facts of one kind, in their order. */
export const of = <K extends Fact['kind']>(facts: readonly Fact[], kind: K) =>
  facts.filter((fact): fact is FactOf<K> => fact.kind === kind)

/** What both kinds of entries say. */
type Start = {
  readonly component: string
  readonly environment: string | null
  readonly kind: PinKind | null
  readonly source: ReturnType<typeof sourceJson>
  readonly from: string
  readonly to: string
}

/** An entry as it stands before anything was analysed: lists are empty, and what would be a statement is null. */
function entry(start: Start) {
  return {
    ...start,
    available: [] as readonly string[],
    together: [] as readonly Together[],
    path: [] as readonly string[],
    mode: null as 'workflow' | null,
    risk: null as Risk | null,
    floor: null as Risk | null,
    findings: [] as Plan['findings'],
    resources: [] as readonly ReturnType<typeof resourceJson>[],
    values: [] as readonly ReturnType<typeof valueJson>[],
    objects: null as ReturnType<typeof objectsJson> | null,
    crds: [] as readonly ReturnType<typeof crdsJson>[number][],
    crdDelivery: null as string | null,
    migrations: [] as readonly never[],
    edits: [] as readonly ReturnType<typeof editJson>[],
    gates: [] as readonly never[],
    rollback: null as Plan['rollback'] | null,
    todo: [] as readonly string[],
    unknown: [] as readonly string[],
    evidence: [] as Plan['evidence'],
    held: null as { readonly reason: string } | null,
    pullRequest: null as PullRequest | null,
  }
}

/** A resource of the repository and what becomes of it, as `plan` and `compare` print it. */
export function resourceJson({ resource, status, why }: FactOf<'resource'>) {
  return { file: resource.file, doc: resource.document, status, why }
}

/** A value that the user sets and what becomes of it, as `plan` and `compare` print it. */
export function valueJson({ key, status, to, file, line }: FactOf<'value'>) {
  return { key, status, to, file, line }
}

function objectsJson(facts: readonly Fact[]) {
  return {
    added: of(facts, 'object-added').map(({ object }) => object),
    removed: of(facts, 'object-removed').map(({ object }) => object),
    changed: of(facts, 'object-changed').map(({ object }) => object),
    labelsOnly: of(facts, 'objects-labels-only').reduce((sum, { objects }) => sum + objects.length, 0),
  }
}

function crdsJson(facts: readonly Fact[]) {
  return facts.flatMap(fact =>
    'crd' in fact ? [{ crd: fact.crd, kind: saidKind(fact.kind), path: fact.path, detail: fact.detail }] : [],
  )
}

function editJson({ place, from, to }: Edit) {
  return { file: place.file, line: place.line, from, to }
}

function planned(plan: Plan): ReturnType<typeof entry> {
  const { upgrade, facts, assessed } = plan
  const { component, environment, kind, source, from, to } = upgrade
  return {
    ...entry({ component, environment, kind, source: sourceJson(source), from, to: to.version }),
    available: upgrade.available,
    together: togetherOf(upgrade),
    path: [to.version],
    mode: 'workflow',
    risk: assessed.final,
    floor: plan.floor,
    findings: plan.findings,
    resources: of(facts, 'resource').map(resourceJson),
    values: of(facts, 'value').map(valueJson),
    objects: objectsJson(facts),
    crds: crdsJson(facts),
    crdDelivery: plan.crdDelivery,
    edits: plan.edits.map(editJson),
    rollback: plan.rollback,
    todo: plan.todo,
    unknown: [...new Set([...plan.unknown, ...assessed.document.notCovered])],
    evidence: plan.evidence,
    pullRequest: pullRequest(plan, { hold: null }),
  }
}

function held({ component, environment, source, from }: Outcome, to: string, reason: string): ReturnType<typeof entry> {
  return { ...entry({ component, environment, kind: null, source: sourceJson(source), from, to }), held: { reason } }
}

/** The document of `windlass plan --json`; its schema is schemas/plan.schema.json. */
export function planJson(commit: string, outcomes: readonly Outcome[], problems: readonly Problem[]) {
  return {
    commit: commit === '' ? null : commit,
    environments: [...new Set(outcomes.flatMap(({ environment }) => environment ?? []))],
    upgrades: [
      ...outcomes.flatMap(outcome => (outcome.kind === 'planned' ? [planned(outcome.plan)] : [])),
      ...outcomes.flatMap(outcome => (outcome.kind === 'held' ? [held(outcome, outcome.to, outcome.reason)] : [])),
    ],
    upToDate: outcomes.flatMap(({ kind, component, environment, from }) =>
      kind === 'current' ? [{ component, environment, version: from }] : [],
    ),
    declined: outcomes.flatMap(outcome =>
      outcome.kind === 'declined'
        ? [{ component: outcome.component, environment: outcome.environment, reason: outcome.reason }]
        : [],
    ),
    problems,
  }
}
