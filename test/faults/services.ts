import type { Chart, Looked, Release } from '../../src/model.ts'
import type { SharedServices } from '../../src/outside/services.ts'
import type { KnownSource, ModelAnswer } from '../../src/world.ts'
import { aChart, aRelease } from '../support/plans.ts'
import type { Border, Incarnation } from './border.ts'

/** What the registries publish, by the name of a chart. */
export type Published = Map<string, readonly string[]>

const away = (): never => {
  throw new Error('unreachable')
}

/** Registries, renderer and model of one replica, as values behind the border. There is no model: rules write every assessment. */
export function createServices(by: Incarnation, border: Border, published: Published): SharedServices {
  const cross = <T>(kind: 'registry' | 'model', label: string, work: () => T, failed: T) =>
    border.cross(by, kind, label, work, () => failed)
  const none: ModelAnswer = { kind: 'none', reason: 'no model in this world' }
  const silent = { ok: false, reason: 'the registry does not answer', retry: true } as const
  const releasesOf = ({ chart }: KnownSource): readonly Release[] =>
    (published.get(chart ?? '') ?? []).map(version => aRelease(version, { publishedAt: '2026-01-05T00:00:00Z' }))
  const registries = {
    releases: (source: KnownSource) =>
      cross<Looked<readonly Release[]>>(
        'registry',
        `releases ${source.chart}`,
        () => ({ ok: true, value: releasesOf(source) }),
        silent,
      ),
    publishedAt: async () => null,
    digest: async (): Promise<Looked<string>> => ({ ok: false, reason: 'no digest', retry: false }),
    chart: (source: KnownSource, version: string) =>
      cross<Looked<Chart>>(
        'registry',
        `chart ${source.chart} ${version}`,
        () => ({ ok: true, value: aChart({ name: source.chart ?? '', version, digest: `sha256:${version}` }) }),
        silent,
      ),
  }
  return {
    registries: () => registries,
    render: async () => ({ ok: true, objects: [] }),
    ask: () => cross('model', 'ask', () => none, none),
    says: [],
    close: async () => away(),
  }
}
