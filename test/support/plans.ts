import type { EnvironmentPolicy } from '../../src/config.ts'
import {
  type Chart,
  type Fact,
  type FailedJob,
  type Install,
  type Memory,
  type Migration,
  NOTHING_SAID,
  type Outcome,
  type Pin,
  type Plan,
  type Proposal,
  type Release,
  type Replan,
  type Source,
} from '../../src/model.ts'

/** Literals for the nouns of the street; each test overrides what it is about. */

export const HELM: Exclude<Source, { type: 'unknown' }> = {
  type: 'helm',
  url: 'https://charts.example.com',
  chart: 'beacon',
}

export function aRelease(version: string, more: Partial<Release> = {}): Release {
  return {
    version,
    digest: null,
    publishedAt: null,
    appVersion: null,
    urls: [],
    deprecated: false,
    prerelease: false,
    ...more,
  }
}

export function aChart(more: Partial<Chart> = {}): Chart {
  return {
    name: 'demo',
    version: '1.2.3',
    appVersion: null,
    kubeVersion: null,
    deprecated: false,
    digest: 'sha256:0',
    annotations: {},
    dependencies: [],
    values: {},
    valuesText: '',
    schema: null,
    crds: [],
    files: new Map(),
    ...more,
  }
}

export function anInstall(more: Partial<Install> = {}): Install {
  return {
    engine: 'flux',
    name: 'beacon',
    namespace: 'beacon',
    values: [],
    crds: 'applied',
    file: 'dev/beacon.yaml',
    line: 1,
    ...more,
  }
}

export function aPin(version: string, more: Partial<Pin> = {}): Pin {
  return {
    component: 'beacon',
    kind: 'flux-helmrelease',
    version,
    digest: null,
    source: HELM,
    place: { file: 'dev/beacon.yaml', line: 9, column: 16, start: 100, end: 100 + version.length },
    environment: 'dev',
    installs: [anInstall()],
    aliases: [],
    ...more,
  }
}

export function aPlan(more: Partial<Plan> = {}, facts: readonly Fact[] = []): Plan {
  const pin = aPin('1.0.0')
  return {
    upgrade: {
      component: 'beacon',
      environment: 'dev',
      kind: pin.kind,
      source: HELM,
      pins: [pin],
      from: '1.0.0',
      to: aRelease('1.1.0'),
      available: ['1.1.0'],
      path: [{ to: '1.1.0', because: null, source: null }],
      followers: [],
      notYet: [],
    },
    branch: 'windlass/dev/beacon',
    into: null,
    commit: 'c'.repeat(40),
    facts,
    findings: [],
    floor: 'low',
    assessed: {
      assessor: 'rules',
      floor: 'low',
      modelLevel: null,
      final: 'low',
      document: {
        schema: 'assessment.v1',
        risk: { level: 'low', confidence: 'high', why: [] },
        items: [],
        questions: [],
        notCovered: [],
      },
      dropped: [],
      fallback: null,
    },
    evidence: facts.map((_, i) => ({
      id: `E${i + 1}`,
      kind: 'fact',
      origin: 'compare',
      trust: 'tool',
      text: `fact ${i + 1}`,
    })),
    edits: [{ place: pin.place, from: '1.0.0', to: '1.1.0' }],
    files: new Map([['dev/beacon.yaml', 'version: 1.1.0\n']]),
    migrations: [],
    crdDelivery: 'CRDs do not change',
    rollback: { possible: true, says: 'revert this pull request' },
    todo: [],
    unknown: [],
    feeds: [],
    labels: [],
    reviewers: [],
    inputs: 'inputs-1',
    ...more,
  }
}

export function aMigration(more: Partial<Migration> = {}): Migration {
  return {
    file: 'dev/kiln.yaml',
    document: 0,
    line: 1,
    what: 'Kiln/big',
    mechanical: true,
    why: 'fire.example.com/v1 Kiln becomes fire.example.com/v2 Kiln',
    source: null,
    todo: [],
    notes: [],
    servedBefore: true,
    before: 'apiVersion: fire.example.com/v1\n',
    after: 'apiVersion: fire.example.com/v2\n',
    ...more,
  }
}

export function anEnvironment(name: string, more: Partial<EnvironmentPolicy> = {}): EnvironmentPolicy {
  return {
    name,
    paths: [],
    kubernetes: null,
    requiredSoakTime: 0,
    approval: [],
    window: null,
    branch: null,
    cluster: null,
    health: [],
    ...more,
  }
}

export function aMemory(more: Partial<Memory> = {}): Memory {
  return {
    ...NOTHING_SAID,
    environment: 'dev',
    component: 'beacon',
    from: '1.0.0',
    to: '1.1.0',
    inputs: 'inputs-1',
    ...more,
  }
}

export function aProposal(more: Partial<Proposal> = {}): Proposal {
  return {
    number: 7,
    branch: 'windlass/dev/beacon',
    base: 'main',
    state: 'open',
    draft: false,
    title: 'feat(beacon): upgrade beacon 1.0.0 → 1.1.0 in dev',
    body: '',
    labels: ['dependencies'],
    head: 'a'.repeat(40),
    memory: aMemory(),
    forgotten: false,
    humanCommit: null,
    openedAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
    closedAt: null,
    mergedAt: null,
    mergeCommit: null,
    ci: { kind: 'none' },
    ...more,
  }
}

export function aFailedJob(more: Partial<FailedJob> = {}): FailedJob {
  return {
    name: 'lint',
    job: 40,
    url: 'https://github.example.com/acme/gitops/runs/40',
    endedAt: '2026-01-01T00:30:00Z',
    summary: '',
    log: null,
    ...more,
  }
}

export function aReplan(more: Partial<Replan> = {}): Replan {
  return {
    at: '2026-01-01T00:30:00Z',
    version: '1.1.0',
    head: 'a'.repeat(40),
    cause: 'schema',
    job: 'lint',
    line: '',
    did: 'lower',
    ...more,
  }
}

const WHERE = { component: 'beacon', environment: 'dev', branch: 'windlass/dev/beacon', from: '1.0.0', source: HELM }

export function planned(plan: Plan = aPlan()): Outcome {
  return { ...WHERE, branch: plan.branch, kind: 'planned', plan }
}

export function current(from = '1.1.0'): Outcome {
  return { ...WHERE, from, kind: 'current' }
}

export function unplanned(kind: 'unknown' | 'declined', reason: string): Outcome {
  return { ...WHERE, kind, reason }
}
