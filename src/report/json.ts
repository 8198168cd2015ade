import type { Detected, Fact, FactOf, Outcome, Plan, Problem, Source } from '../model.ts'
import { pullRequest } from './pull-request.ts'

/** A source as scripts see it: `url` and `chart` are null when they are not known, and then `reason` says why. */
function sourceJson(source: Source) {
  const { type, url, chart } = source
  return source.type === 'unknown' ? { type, url, chart, reason: source.reason } : { type, url, chart }
}

/** The document of `windlass scan --json`; its schema is schemas/scan.schema.json. */
export function scanJson({ pins, skipped }: Detected) {
  return {
    pins: pins.map(({ component, kind, version, digest, source, place, environment }) => ({
      component,
      kind,
      version,
      digest: digest?.value ?? null,
      source: sourceJson(source),
      file: place.file,
      line: place.line,
      column: place.column,
      environment,
    })),
    skipped,
  }
}

const of = <K extends Fact['kind']>(facts: readonly Fact[], kind: K) =>
  facts.filter((fact): fact is FactOf<K> => fact.kind === kind)

function planned(plan: Plan) {
  const { upgrade, facts, findings, floor, assessed, edits, crdDelivery, rollback } = plan
  return {
    component: upgrade.component,
    environment: upgrade.environment,
    kind: upgrade.kind,
    source: sourceJson(upgrade.source),
    from: upgrade.from,
    to: upgrade.to.version,
    available: upgrade.available,
    path: [upgrade.to.version],
    mode: 'workflow',
    risk: assessed.final,
    floor,
    findings,
    resources: of(facts, 'resource').map(({ resource, status, why }) => ({
      file: resource.file,
      doc: resource.document,
      status,
      why,
    })),
    values: of(facts, 'value').map(({ key, status, to, file, line }) => ({ key, status, to, file, line })),
    objects: {
      added: of(facts, 'object-added').map(({ object }) => object),
      removed: of(facts, 'object-removed').map(({ object }) => object),
      changed: of(facts, 'object-changed').map(({ object }) => object),
      labelsOnly: of(facts, 'objects-labels-only').reduce((sum, { objects }) => sum + objects.length, 0),
    },
    crds: facts.flatMap(fact =>
      'crd' in fact ? [{ crd: fact.crd, kind: fact.kind, path: fact.path, detail: fact.detail }] : [],
    ),
    crdDelivery,
    migrations: [],
    edits: edits.map(({ place, from, to }) => ({ file: place.file, line: place.line, from, to })),
    gates: [],
    rollback,
    held: null,
    pullRequest: pullRequest(plan, { hold: null }),
  }
}

function held({ component, environment, source, from }: Outcome, to: string, reason: string) {
  return { component, environment, source: sourceJson(source), from, to, held: { reason } }
}

/** What `windlass plan --json` prints; its schema is schemas/plan.schema.json. */
export function planJson(commit: string, outcomes: readonly Outcome[], problems: readonly Problem[]) {
  const environments = [...new Set(outcomes.flatMap(({ environment }) => environment ?? []))]
  return {
    commit,
    environments,
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
