import type { Block, Expression } from '../text/hcl.ts'
import type { Fact, InstallFact, LayerFact } from './facts.ts'
import type { TerraformUse } from './terraform-facts.ts'
import { argument, given, literalText, type Terraform } from './terraform-file.ts'

function valuesOf(tf: Terraform, release: Block): readonly LayerFact[] {
  const attribute = release.attributes.find(({ name }) => /^(?:values|set|set_list|set_sensitive)$/.test(name))
  const start = attribute?.start ?? release.blocks.find(({ type }) => /^set/.test(type))?.start
  if (start === undefined) return []
  const reason = 'values that Terraform computes are not read'
  return [{ kind: 'missing', file: tf.file, line: tf.lineOf(start), reason }]
}

/** A chart beside the module: it has no versions to look for. */
function isOwnChart(chart: Expression | null): boolean {
  return (chart?.type === 'string' || chart?.type === 'template') && /^(?:\.{0,2}\/|\$\{path\.)/.test(chart.text)
}

/** A `helm_release`. The Helm provider never upgrades what lies in a chart's `crds/` folder, as Helm itself does not. */
export function helmRelease(tf: Terraform, release: Block): readonly Fact[] {
  if (isOwnChart(argument(release, 'chart'))) return []
  const name = literalText(argument(release, 'name')) ?? release.labels[1] ?? 'release'
  const line = tf.lineOf(release.start)
  const install: InstallFact = {
    engine: 'helm',
    name,
    namespace: literalText(argument(release, 'namespace')),
    values: valuesOf(tf, release),
    crds: 'skipped',
    file: tf.file,
    line,
  }
  const use: TerraformUse = {
    fact: 'terraform-use',
    kind: 'terraform-helm-release',
    file: tf.file,
    line,
    component: name,
    version: given(tf, argument(release, 'version')),
    source: null,
    chart: given(tf, argument(release, 'chart')),
    repository: given(tf, argument(release, 'repository')),
    installs: [install],
  }
  return [use]
}
