import { z } from 'zod'
import type { Signal } from '../model.ts'
import { Refused } from './body.ts'
import { readAs } from './hooks-read.ts'
import type { Tell } from './hooks-signal.ts'
import { atMost, line, repository, words } from './hooks-words.ts'

/** The fields that we read of an event (fluxcd/pkg, apis/event/v1beta1). */
const Event = z.object({
  involvedObject: z.object({ kind: line(63), namespace: line(253), name: line(253) }),
  severity: z.enum(['trace', 'info', 'error']),
  timestamp: z.iso.datetime({ offset: true }),
  message: z.string(),
  reason: line(100),
  metadata: z.record(z.string(), z.string()).nullish(),
})
type Event = z.infer<typeof Event>

/** What fetches and announces says nothing about what runs. */
const SOURCES =
  /^(?:GitRepository|OCIRepository|HelmRepository|HelmChart|Bucket|ExternalArtifact|ArtifactGenerator|ImageRepository|ImagePolicy|ImageUpdateAutomation|Alert|Provider|Receiver)$/

/** Reasons of Flux that are no result yet, whatever their severity (fluxcd/pkg, apis/meta). */
const PROGRESS = new Set(['Progressing', 'ProgressingWithRetry', 'DependencyNotReady', 'HealthCheckCanceled'])

const GREEN = new Set(['ReconciliationSucceeded', 'InstallSucceeded', 'UpgradeSucceeded', 'TestSucceeded'])

/** Helm took the upgrade back, and calls that a success (helm-controller, api/v2/condition_types.go). */
const UNDONE = new Set(['RollbackSucceeded', 'UninstallSucceeded'])

const Query = z.object({ repository, environment: line(100).nullable() })

/** Reads an event of Flux. The address names the repository, and may name the environment. */
export const readFlux: Tell = (payload, query, now) => {
  const event = readAs(Event, payload)
  const { kind, namespace, name } = event.involvedObject
  const about = readAs(Query, { repository: query.get('repository') ?? '', environment: query.get('environment') })
  const data = metadataOf(event)
  const signed = data.get('repository')
  // An Alert may put the repository under the signature; an address that says otherwise was changed on the way.
  if (signed !== undefined && signed.toLowerCase() !== about.repository.toLowerCase())
    throw new Refused(400, 'the event names another repository than the address')
  if (SOURCES.test(kind)) return { kind: 'nothing', reason: `a ${kind} says nothing about what runs` }
  const state = stateOf(event)
  if (state === null) return { kind: 'nothing', reason: 'this reason says nothing about health' }
  return {
    kind: 'signal',
    repository: about.repository,
    signal: {
      via: 'flux',
      name: `${kind}/${namespace}/${name}`,
      state,
      at: atMost(event.timestamp, now),
      by: 'hook',
      commit: kind === 'HelmRelease' ? null : commitOf(data),
      place: about.environment ?? data.get('env') ?? data.get('environment') ?? data.get('cluster') ?? null,
      version: kind === 'HelmRelease' ? versionOf(event, data) : null,
      run: data.get('upgrade-run') ?? null,
      says: words(`${event.reason}: ${event.message}`),
    },
  }
}

function stateOf({ severity, reason }: Event): Signal['state'] | null {
  if (PROGRESS.has(reason)) return 'pending'
  if (severity === 'error' || UNDONE.has(reason)) return 'failure'
  return severity === 'info' && GREEN.has(reason) ? 'success' : null
}

/** Keys come with or without a prefix (`kustomize.toolkit.fluxcd.io/revision`), by the version of Flux; the plain one wins. */
function metadataOf({ metadata }: Event): ReadonlyMap<string, string> {
  const entries = Object.entries(metadata ?? {}).flatMap(([key, value]): [string, string][] => {
    const read = line(253).safeParse(value)
    return read.success ? [[key, read.data]] : []
  })
  return new Map([...entries.map(([key, value]): [string, string] => [key.replace(/^.*\//s, ''), value]), ...entries])
}

/** `main@sha1:<sha>`, before Flux 2 `main/<sha>`; of an OCI artifact the commit that it was made from. An object's own `commit` is not believed. */
function commitOf(data: ReadonlyMap<string, string>): string | null {
  const sha = (text: string | undefined) => /(?:@sha1:|^sha1:|\/)([0-9a-f]{40})$/.exec(text ?? '')?.[1] ?? null
  return sha(data.get('revision')) ?? sha(data.get('originRevision'))
}

/** The version of the chart. An event about a rollback carries the one before the upgrade, which would hide whose failure it is. */
function versionOf({ reason }: Event, data: ReadonlyMap<string, string>): string | null {
  const version = data.get('revision')
  if (version === undefined || reason.startsWith('Rollback')) return null
  const digest = /^sha256:([0-9a-f]{12})/.exec(data.get('oci-digest') ?? '')?.[1]
  return digest === undefined || version.includes('+') ? version : `${version}+${digest}`
}
