import type { Source } from '../model.ts'
import type { Attribute, Expression } from '../text/hcl.ts'
import type { Fact } from './facts.ts'
import { isKubernetesVersion, kubernetesName, kubernetesSource } from './kubernetes-names.ts'
import { imageRepository, lastElement } from './source.ts'
import { given, skipped, type Terraform } from './terraform-file.ts'
import { floatingTag } from './version.ts'

/** A version of Kubernetes, written out or referred to. */
export function kubernetesUse(tf: Terraform, start: number, value: Expression | null, source: Source): readonly Fact[] {
  const version = given(tf, value)
  if (version === null || version.type === 'unreadable') return []
  if (version.type === 'literal' && !isKubernetesVersion(version.version)) return []
  const rest = { component: 'kubernetes', chart: null, repository: null, installs: [] }
  return [
    {
      fact: 'terraform-use',
      kind: 'kubernetes-version',
      file: tf.file,
      line: tf.lineOf(start),
      version,
      source,
      ...rest,
    },
  ]
}

const IMAGE = /^((?:[\w.-]+(?::\d+)?\/)?[a-z0-9._/-]+):([\w.-]+)(?:@(sha256:[0-9a-f]{64}))?$/

/** An image with its tag, as the providers for Kubernetes and containers take it. */
function image(tf: Terraform, { value, start }: Attribute): readonly Fact[] {
  const [, name, tag, digest] = value.type === 'string' ? (IMAGE.exec(value.text) ?? []) : []
  if (value.type !== 'string' || name === undefined || tag === undefined) return []
  const component = lastElement(name)
  const floating = digest === undefined ? floatingTag(tag) : null
  if (floating !== null) return [skipped(tf, start, `${component}: ${floating}`)]
  const place = digest === undefined ? null : tf.version(value, digest, value.text.length - digest.length).place
  const version = {
    ...tf.version(value, tag, name.length + 1),
    digest: digest !== undefined && place ? { value: digest, place } : null,
  }
  const source = { type: 'docker', url: imageRepository(name), chart: null } as const
  return [{ fact: 'pin', component, kind: 'other', version, source, installs: [], object: null, aliases: [] }]
}

/** Arguments that say by their name what they hold, wherever they stand. */
export function named(tf: Terraform, attribute: Attribute): readonly Fact[] {
  if (/(?:^|_)image$/.test(attribute.name)) return image(tf, attribute)
  const { value, start } = attribute
  const isLiteral = value.type === 'string' || value.type === 'number'
  if (!isLiteral || kubernetesName(attribute.name) !== 'kubernetes') return []
  return kubernetesUse(tf, start, value, kubernetesSource('kubernetes'))
}
