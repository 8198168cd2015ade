import { z } from 'zod'
import type { Looked } from '../../model.ts'
import type { Egress } from '../net/egress.ts'
import { ARCHIVE_LIMITS } from './archive.ts'
import { sha256 } from './chart.ts'
import type { OciRepository } from './oci-reference.ts'
import { createOciFetch, json, type OciFetch } from './oci-token.ts'

/** Bytes of a manifest; the OCI distribution specification wants registries to take 4 MiB. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024
const MAX_TAGS_BYTES = 8 * 1024 * 1024
/** Tags asked for at once: the most that the reference registry gives. */
const PAGE = 1000
/** The largest public repositories have some 30,000 tags. */
const MAX_PAGES = 50

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ')

/** Media type of a chart's archive (helm.sh/docs/topics/registries). */
const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'

const TagList = z.object({ tags: z.array(z.string()).nullish() })
const Layer = z.object({ mediaType: z.string(), digest: z.string(), size: z.number() })
const Child = z.object({ digest: z.string() })
const Manifest = z.object({
  config: Child.nullish(),
  manifests: z.array(Child).nullish(),
  layers: z.array(Layer).default([]),
  annotations: z.record(z.string(), z.string()).nullish(),
})

/**
 * What a tag points at. `digest` is the manifest's own; `chart` the digest of the chart's archive, null when it is no chart;
 * `config` that of the configuration, `platform` that of the first manifest of an index, null where there is none.
 */
export type OciManifest = {
  readonly digest: string
  readonly created: string | null
  readonly chart: string | null
  readonly config: string | null
  readonly platform: string | null
}

/** A registry that speaks the OCI distribution specification, version 1 (Docker's registry v2). */
export type OciRegistry = {
  tags(repository: OciRepository): Promise<Looked<readonly string[]>>
  /** The manifest behind a tag or digest. One whose bytes are not what the registry says is refused with both digests. */
  manifest(repository: OciRepository, tag: string): Promise<Looked<OciManifest>>
  /** A blob of at most a chart's size. One whose bytes have another digest is refused with both. */
  blob(repository: OciRepository, digest: string): Promise<Looked<Buffer>>
}

/** Asks registries through the guarded client. */
export function createOciRegistry(egress: Egress): OciRegistry {
  const fetch = createOciFetch(egress)
  return {
    tags: repository => readTags(fetch, repository),
    manifest: (repository, tag) => readManifest(fetch, repository, tag),
    blob: (repository, digest) => readBlob(fetch, repository, digest),
  }
}

async function readTags(fetch: OciFetch, repository: OciRepository): Promise<Looked<readonly string[]>> {
  const tags: string[] = []
  let url = `${repository.api}/v2/${repository.name}/tags/list?n=${PAGE}`
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await fetch(repository, url, { maxBytes: MAX_TAGS_BYTES, accept: 'application/json' })
    if (!answer.ok) return answer
    const list = TagList.safeParse(json(answer.value.body))
    if (!list.success) return no(`${repository.shown} answered with something that is no list of tags`)
    tags.push(...(list.data.tags ?? []))
    const next = nextPage(answer.value.headers.link, url)
    if (next === null) return { ok: true, value: tags }
    if (new URL(next).origin !== repository.api) {
      return no(`${repository.shown} continues its list of tags at another origin, ${new URL(next).origin}: refused`)
    }
    url = next
  }
  return no(`${repository.shown} has more than ${MAX_PAGES} pages of tags: not all were read, so none are used`)
}

/** RFC 8288, as the distribution specification uses it: `</v2/…?last=…>; rel="next"`. */
function nextPage(link: string | string[] | undefined, url: string): string | null {
  const [, target] = /^\s*<([^>]{1,2000})>\s*;\s*rel="?next"?/i.exec([link ?? ''].flat()[0] ?? '') ?? []
  return target !== undefined && URL.canParse(target, url) ? new URL(target, url).href : null
}

async function readManifest(fetch: OciFetch, repository: OciRepository, tag: string): Promise<Looked<OciManifest>> {
  const at = `${repository.shown}:${tag}`
  const url = `${repository.api}/v2/${repository.name}/manifests/${encodeURIComponent(tag)}`
  const answer = await fetch(repository, url, { maxBytes: MAX_MANIFEST_BYTES, accept: MANIFEST_TYPES })
  if (!answer.ok) return answer
  const digest = sha256(answer.value.body)
  const said = isDigest(tag) ? tag : answer.value.headers['docker-content-digest']
  if (typeof said === 'string' && said.startsWith('sha256:') && said !== digest) {
    return no(`the manifest of ${at} has digest ${digest}, the registry says ${said}: refused`)
  }
  const manifest = Manifest.safeParse(json(answer.value.body))
  if (!manifest.success) return no(`${at} has a manifest that cannot be read`)
  const { layers, annotations, config, manifests } = manifest.data
  const chart = layers.find(layer => layer.mediaType === CHART_LAYER)
  if (chart !== undefined && !isDigest(chart.digest)) {
    return no(`${at} names its chart by ${JSON.stringify(chart.digest.slice(0, 100))}, which is no sha256 digest`)
  }
  const created = isoDate(annotations?.['org.opencontainers.image.created'])
  const first = manifests?.[0]?.digest
  return {
    ok: true,
    value: {
      digest,
      created,
      chart: chart?.digest ?? null,
      config: config && isDigest(config.digest) ? config.digest : null,
      platform: first !== undefined && isDigest(first) ? first : null,
    },
  }
}

function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text)
}

async function readBlob(fetch: OciFetch, repository: OciRepository, digest: string): Promise<Looked<Buffer>> {
  const url = `${repository.api}/v2/${repository.name}/blobs/${digest}`
  const answer = await fetch(repository, url, { maxBytes: ARCHIVE_LIMITS.packedBytes, raw: true })
  if (!answer.ok) return answer
  const found = sha256(answer.value.body)
  if (found === digest) return { ok: true, value: answer.value.body }
  return no(`the blob of ${repository.shown} has digest ${found}, its manifest says ${digest}: refused`)
}

function isoDate(text: string | undefined): string | null {
  const at = new Date(text ?? '')
  return Number.isNaN(at.getTime()) ? null : at.toISOString()
}

function no(reason: string): { ok: false; reason: string; retry: false } {
  return { ok: false, reason, retry: false }
}
