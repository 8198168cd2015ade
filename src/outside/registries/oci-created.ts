import { z } from 'zod'
import type { OciManifest, OciRegistry } from './oci.ts'
import type { OciRepository } from './oci-reference.ts'
import { json } from './oci-token.ts'

/** Of an image's configuration (OCI image specification, config.md). */
const Config = z.object({ created: z.string() })

/**
 * When a tag was made, as its publisher says (ISO 8601): the annotation of the manifest, else the configuration of the image, the
 * first one of an index. Null when it says nothing, or what reproducible builds say: the beginning of time.
 */
export async function createdAt(oci: OciRegistry, repository: OciRepository, tag: string): Promise<string | null> {
  const top = await oci.manifest(repository, tag)
  if (!top.ok) return null
  const said = top.value.created ?? (await ofImage(oci, repository, top.value))
  return said !== null && new Date(said).getUTCFullYear() > 1980 ? said : null
}

async function ofImage(oci: OciRegistry, repository: OciRepository, top: OciManifest): Promise<string | null> {
  const image = top.platform === null ? { ok: true as const, value: top } : await oci.manifest(repository, top.platform)
  if (!image.ok || image.value.chart !== null) return null
  if (image.value.created !== null || image.value.config === null) return image.value.created
  const blob = await oci.blob(repository, image.value.config)
  const config = blob.ok ? Config.safeParse(json(blob.value)) : null
  const at = new Date(config?.success ? config.data.created : '')
  return Number.isNaN(at.getTime()) ? null : at.toISOString()
}
