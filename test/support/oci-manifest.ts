import { sha256 } from '../../src/outside/registries/chart.ts'

/** What Helm pushes for a chart: the config blob, the archive, and the manifest that names both. */
export type ChartArtifact = { readonly config: Buffer; readonly archive: Buffer; readonly manifest: Buffer }

/** Media type of the manifest. */
export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'

/** Makes the artifact of a packaged chart as `helm push` does; `created` (ISO 8601) becomes the annotation of the manifest. */
export function chartArtifact(archive: Buffer, created: string | null = null): ChartArtifact {
  const config = Buffer.from('{"apiVersion":"v2"}')
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: described('application/vnd.cncf.helm.config.v1+json', config),
    layers: [described('application/vnd.cncf.helm.chart.content.v1.tar+gzip', archive)],
    ...(created === null ? {} : { annotations: { 'org.opencontainers.image.created': created } }),
  }
  return { config, archive, manifest: Buffer.from(JSON.stringify(manifest)) }
}

function described(mediaType: string, blob: Buffer) {
  return { mediaType, digest: sha256(blob), size: blob.length }
}
