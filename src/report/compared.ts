import type { Fact, Finding, Problem, Risk } from '../model.ts'
import { plain } from '../text/plain.ts'
import { saidKind } from './crd-kinds.ts'
import { of, resourceJson, valueJson } from './json.ts'
import { place, table } from './terminal.ts'

/** Everything that `windlass compare` has found out about one upgrade. */
export type Compared = {
  readonly facts: readonly Fact[]
  readonly findings: readonly Finding[]
  readonly floor: Risk
  /** The versions to go through, the last one is where it ends. */
  readonly path: readonly string[]
  readonly minKubeVersion: string | null
  readonly crdDelivery: string
  readonly problems: readonly Problem[]
}

/** The document of `windlass compare --json`; its schema is schemas/compare.schema.json. No model takes part: the risk is the floor. */
export function compareJson({ facts, findings, floor, path, minKubeVersion, crdDelivery, problems }: Compared) {
  return {
    risk: floor,
    floor,
    facts: facts.map(fact => ('crd' in fact ? { ...fact, kind: saidKind(fact.kind) } : fact)),
    findings,
    resources: of(facts, 'resource').map(resourceJson),
    values: of(facts, 'value').map(valueJson),
    migrations: [] as readonly never[],
    path,
    minKubeVersion,
    crdDelivery,
    problems,
  }
}

/** `windlass compare` for people: the risk, the findings that make it, and what could not be looked at. */
export function compareText({ findings, floor, path, minKubeVersion, crdDelivery, problems }: Compared): string {
  const rows = findings.map(({ severity, rule, says }) => [severity, rule, says])
  return [
    `Risk: ${floor}`,
    '',
    ...(rows.length === 0 ? ['Nothing that is used here changes.'] : table(rows)),
    '',
    `Path: ${path.map(plain).join(' → ')}`,
    `Kubernetes: ${plain(minKubeVersion ?? 'no constraint')}`,
    `CRDs: ${plain(crdDelivery)}`,
    ...(problems.length === 0 ? [] : ['', 'Not looked at:', ...problems.map(problem => `  ${place(problem)}`)]),
  ].join('\n')
}
