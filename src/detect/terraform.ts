import { posix } from 'node:path'
import { KUBERNETES_RESOURCES } from '../knowledge/kubernetes.ts'
import { type Attribute, type Block, type Body, type Expression, readHcl } from '../text/hcl.ts'
import type { Fact } from './facts.ts'
import { kubernetesSource } from './kubernetes-names.ts'
import type { TerraformValue } from './terraform-facts.ts'
import { argument, given, skipped, type Terraform, terraformFile } from './terraform-file.ts'
import { helmRelease } from './terraform-helm.ts'
import { kubernetesUse, named } from './terraform-named.ts'
import { moduleSource } from './terraform-sources.ts'
import type { FileText } from './text-file.ts'

function resource(tf: Terraform, block: Block): readonly Fact[] {
  const [type = ''] = block.labels
  if (type === 'helm_release') return helmRelease(tf, block)
  const [attribute, distribution] = Object.hasOwn(KUBERNETES_RESOURCES, type) ? (KUBERNETES_RESOURCES[type] ?? []) : []
  if (attribute === undefined || distribution === undefined) return []
  return kubernetesUse(tf, block.start, argument(block, attribute), kubernetesSource(distribution))
}

/** What a module beside this one is given stands for its variables. */
function callValues(tf: Terraform, path: string, { attributes }: Block): readonly TerraformValue[] {
  const folder = posix.join(tf.folder, path)
  return attributes
    .filter(({ name }) => name !== 'source')
    .map(({ name, value }) => ({
      fact: 'terraform-value',
      folder,
      from: tf.folder,
      name: `var.${name}`,
      given: given(tf, value),
      loose: false,
    }))
}

function moduleCall(tf: Terraform, call: Block): readonly Fact[] {
  const address = argument(call, 'source')
  if (address?.type !== 'string') return []
  const found = moduleSource(address.text)
  if (found.type === 'foreign') return []
  if (found.type === 'local') return callValues(tf, found.path, call)
  const { component, source } = found
  const rest = { kind: 'other', file: tf.file, line: tf.lineOf(call.start), component, source, chart: null } as const
  if (found.type === 'registry') {
    const version = given(tf, argument(call, 'version'))
    return [{ fact: 'terraform-use', ...rest, version, repository: null, installs: [] }]
  }
  if (found.ref === null) return [skipped(tf, address.start, `${component}: no ref or tag is given: nothing to edit`)]
  const version = tf.version(address, found.ref.text, found.ref.at)
  const aliases = [found.address]
  return [{ fact: 'pin', component, kind: 'other', version, source, installs: [], object: null, aliases }]
}

function within(value: Expression): readonly Attribute[] {
  if (value.type === 'object') return value.attributes.flatMap(inner => [inner, ...within(inner.value)])
  return value.type === 'other' ? value.parts.flatMap(within) : []
}

function everywhere({ attributes, blocks }: Body): readonly Attribute[] {
  return [...attributes.flatMap(one => [one, ...within(one.value)]), ...blocks.flatMap(everywhere)]
}

/** A value and, when it is an object, every value in it by its path. */
function values(tf: Terraform, name: string, value: Expression, loose: boolean): readonly TerraformValue[] {
  const { folder } = tf
  if (value.type === 'object')
    return value.attributes.flatMap(inner => values(tf, `${name}.${inner.name}`, inner.value, loose))
  return [{ fact: 'terraform-value', folder, from: folder, name, given: given(tf, value), loose }]
}

function variable(tf: Terraform, block: Block): readonly Fact[] {
  const [name = ''] = block.labels
  const fallback = argument(block, 'default')
  if (fallback === null)
    return [
      { fact: 'terraform-value', folder: tf.folder, from: tf.folder, name: `var.${name}`, given: null, loose: false },
    ]
  return [...values(tf, `var.${name}`, fallback, false), ...named(tf, { name, value: fallback, start: block.start })]
}

function blockFacts(tf: Terraform, block: Block): readonly Fact[] {
  if (block.type === 'resource') return resource(tf, block)
  // Terragrunt gives the module of a folder in a `terraform` block.
  if (block.type === 'module' || block.type === 'terraform') return moduleCall(tf, block)
  if (block.type === 'variable') return variable(tf, block)
  if (block.type === 'locals')
    return block.attributes.flatMap(({ name, value }) => values(tf, `local.${name}`, value, false))
  return []
}

/** Terraform and OpenTofu: Helm releases, modules, images and Kubernetes versions, and the values that they may refer to. */
export function terraform(file: FileText): readonly Fact[] {
  if (!/\.(?:tf|tofu|tfvars|hcl)$/i.test(file.path)) return []
  const tf = terraformFile(file)
  const body = readHcl(file.text)
  const assigned = /\.tfvars$/i.test(file.path)
    ? body.attributes.flatMap(({ name, value }) => values(tf, `var.${name}`, value, true))
    : []
  return [
    ...assigned,
    ...body.blocks.flatMap(block => blockFacts(tf, block)),
    ...everywhere(body).flatMap(attribute => named(tf, attribute)),
  ]
}
