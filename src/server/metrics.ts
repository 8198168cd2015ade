import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { PassEnd } from './pass.ts'

/** What became of a delivery at the door. */
export type DeliveryEnd = 'accepted' | 'ignored' | 'duplicate' | 'refused' | 'failed'

/** The events that get a line of their own; senders choose the header, so every other name is `other`. */
const EVENTS = new Set(
  'check_run check_suite deployment_status installation installation_repositories issue_comment issues ping pull_request push registry_package release repository_dispatch status workflow_job'.split(
    ' ',
  ),
)

export type Metrics = {
  delivery(event: string, end: DeliveryEnd): void
  /** `name` is one of our own addresses below `/hooks/`. */
  hook(name: string, end: DeliveryEnd): void
  pass(end: PassEnd, seconds: number): void
  /** The text that Prometheus scrapes. */
  print(): Promise<{ readonly type: string; readonly text: string }>
}

/**
 * Our numbers, in a registry of their own. No label holds a repository, version or anything else a stranger can choose.
 * `depth` and `parked` are asked at each scrape.
 */
export function createMetrics(
  depth: () => Promise<ReadonlyMap<string, number>>,
  parked: () => Promise<readonly string[]>,
): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  const deliveries = new Counter({
    name: 'windlass_deliveries_total',
    help: 'Webhook deliveries by event and by what became of them at the door',
    labelNames: ['event', 'outcome'],
    registers,
  })
  const hooks = new Counter({
    name: 'windlass_hooks_total',
    help: 'Requests to /hooks/* by hook and by what became of them at the door',
    labelNames: ['hook', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'windlass_pass_duration_seconds',
    help: 'Duration of passes over a repository by how they ended',
    labelNames: ['outcome'],
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600],
    registers,
  })
  new Gauge({
    name: 'windlass_queue_jobs',
    help: 'Passes and sweeps that wait (created, retry) or run (active)',
    labelNames: ['state'],
    registers,
    async collect() {
      const found = await depth()
      for (const state of ['created', 'retry', 'active', 'due']) this.set({ state }, found.get(state) ?? 0)
    },
  })
  new Gauge({
    name: 'windlass_parked_repositories',
    help: 'Repositories whose pass killed the process repeatedly and that wait for an event',
    registers,
    async collect() {
      this.set((await parked()).length)
    },
  })
  return {
    delivery: (event, outcome) => deliveries.inc({ event: EVENTS.has(event) ? event : 'other', outcome }),
    hook: (hook, outcome) => hooks.inc({ hook, outcome }),
    pass: (outcome, duration) => seconds.observe({ outcome }, duration),
    print: async () => ({ type: register.contentType, text: await register.metrics() }),
  }
}
