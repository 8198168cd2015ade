import { describe, expect, test } from 'vitest'
import type { Detected, Pin } from '../src/model.ts'
import { readHcl } from '../src/text/hcl.ts'
import { detectText, expectRanges, notes, readLayout, short } from './support/detected.ts'

function only(detected: Detected, component: string): Pin {
  const found = detected.pins.filter(pin => pin.component === component)
  expect(found, component).toHaveLength(1)
  return found[0] as Pin
}

describe('a Terraform repository with a shared module and two environments', () => {
  const files = readLayout('terraform')
  const detected = detectText(files)

  test('every version is a pin where its value stands, through locals, variables and variables files', () => {
    expect(detected.pins.map(short)).toEqual([
      'external-dns 1.14.5 terraform-helm-release oci oci://registry.example.com/charts/external-dns environments/production/terraform.tfvars:2:25 production',
      'kubernetes 1.29 kubernetes-version kubernetes kubernetes environments/production/terraform.tfvars:3:24 production',
      'external-dns 1.15.0 terraform-helm-release oci oci://registry.example.com/charts/external-dns environments/staging/terraform.tfvars:1:25 staging',
      'ingress-nginx 4.11.2 terraform-helm-release helm https://charts.example.com/platform modules/platform/main.tf:4:22 null',
      'cert-manager v1.15.3 terraform-helm-release helm https://charts.example.com/jetstack modules/platform/main.tf:14:23 null',
      'terraform-example-modules/vpc/aws 5.8.1 other terraform-module terraform-example-modules/vpc/aws//modules/endpoints modules/platform/main.tf:49:17 null',
      'labels v0.4.1 other git https://git.example.com/modules/labels.git modules/platform/main.tf:53:77 null',
      'exporter v1.6.1 other docker registry.example.com/tools/exporter modules/platform/main.tf:66:56 null',
      'kubernetes 1.30 kubernetes-version kubernetes eks modules/platform/variables.tf:7:14 null',
    ])
    expectRanges(files, detected)
  })

  test('a release is installed by Helm, and values that Terraform computes are said to be missing', () => {
    expect(only(detected, 'cert-manager').installs).toMatchObject([
      {
        engine: 'helm',
        name: 'cert-manager',
        namespace: 'cert-manager',
        crds: 'skipped',
        values: [{ kind: 'missing', line: 16, reason: 'values that Terraform computes are not read' }],
      },
    ])
    expect(only(detected, 'ingress-nginx').installs).toMatchObject([{ name: 'ingress', namespace: 'default' }])
  })

  test('what has no version to edit is named with its reason', () => {
    expect(notes(detected)).toEqual([
      'modules/platform/main.tf:69 sidecar: the tag latest is floating: nothing to edit',
    ])
  })
})

describe('a Helm release in Terraform', () => {
  const release = (lines: string) => `resource "helm_release" "app" {\n  chart = "app"\n${lines}\n}\n`
  const repository = '  repository = "https://charts.example.com"'

  test.each([
    ['a range', `${repository}\n  version = ">= 1.0, < 2.0"`, 'is a range or a floating name'],
    ['no version', repository, 'no version is given'],
    ['a computed version', `${repository}\n  version = lookup(var.versions, "app")`, 'the version is computed'],
    ['a variable from outside', `${repository}\n  version = var.app`, 'given from outside this repository'],
    ['a variable that refers to itself', `${repository}\n  version = local.a\n}\nlocals {\n  a = local.a`, 'computed'],
  ])('with %s is no pin but a note', (_, lines, reason) => {
    const detected = detectText({ 'main.tf': release(lines) })
    expect(detected.pins).toEqual([])
    expect(notes(detected)).toEqual([expect.stringContaining(reason)])
  })

  test('with a repository from outside is a pin whose source says so', () => {
    const [pin] = detectText({ 'main.tf': release('  repository = var.repository\n  version = "1.2.3"') }).pins
    expect(pin).toMatchObject({
      version: '1.2.3',
      source: { type: 'unknown', reason: expect.stringContaining('outside') },
    })
  })

  test('that names its chart by an OCI reference has that for a source', () => {
    const text =
      'resource "helm_release" "app" {\n  chart = "oci://registry.example.com/charts/app"\n  version = "1.2.3"\n}\n'
    expect(detectText({ 'main.tf': text }).pins.map(short)).toEqual([
      'app 1.2.3 terraform-helm-release oci oci://registry.example.com/charts/app main.tf:3:14 null',
    ])
  })

  test('takes a variables file elsewhere only when no other module declares the variable', () => {
    const module = `variable "app" {}\n${release(`${repository}\n  version = var.app`)}`
    const shared = { 'a/main.tf': module, 'vars/prod.tfvars': 'app = "1.2.3"\n' }
    expect(detectText(shared).pins.map(({ place }) => place.file)).toEqual(['vars/prod.tfvars'])
    expect(detectText({ ...shared, 'b/variables.tf': 'variable "app" {}\n' }).pins).toEqual([])
  })
})

test('a local value means nothing in another module', () => {
  const release = 'resource "helm_release" "app" {\n  chart = "app"\n  version = local.app\n}\n'
  const { pins } = detectText({ 'main.tf': release, 'inner/main.tf': 'locals {\n  app = "1.2.3"\n}\n' })
  expect(pins).toEqual([])
})

test.each([
  ['github.com/example/modules//vpc?ref=v1.2.3', 'https://github.com/example/modules', 'v1.2.3'],
  ['git@github.com:example/modules.git?ref=v1.2.3', 'git@github.com:example/modules.git', 'v1.2.3'],
  ['git::ssh://git@git.example.com/a/b.git//c?ref=feature%2F1', 'ssh://git@git.example.com/a/b.git', 'feature%2F1'],
  ['https://git.example.com/a/b.git?depth=1&ref=0a1b2c3d', 'https://git.example.com/a/b.git', '0a1b2c3d'],
])('a module from git at %s comes from %s at %s', (address, url, version) => {
  const text = `module "m" {\n  source = "${address}"\n}\n`
  const detected = detectText({ 'main.tf': text })
  expect(detected.pins).toMatchObject([{ version, source: { type: 'git', url } }])
  expectRanges({ 'main.tf': text }, detected)
})

test.each([
  ['oci://r.example.com/modules/vpc?tag=1.2.3', '1.2.3'],
  ['oci://r.example.com/modules/vpc//subnets?tag=v1.2.3', 'v1.2.3'],
  [`oci://r.example.com/modules/vpc?digest=sha256:${'1'.repeat(64)}`, `sha256:${'1'.repeat(64)}`],
])('a module from an OCI registry at %s stands at %s', (address, version) => {
  const files = { 'main.tf': `module "m" {\n  source = "${address}"\n}\n` }
  const detected = detectText(files)
  expect(detected.pins).toMatchObject([
    { component: 'vpc', version, source: { type: 'docker', url: 'r.example.com/modules/vpc' } },
  ])
  expectRanges(files, detected)
})

test('a module from an OCI registry without a tag floats', () => {
  expect(notes(detectText({ 'main.tf': 'module "m" {\n  source = "oci://r.example.com/modules/vpc"\n}\n' }))).toEqual([
    'main.tf:2 vpc: no ref or tag is given: nothing to edit',
  ])
})

test('a Terragrunt unit pins its module in its terraform block', () => {
  const text = 'terraform {\n  source = "git::https://git.example.com/m.git//vpc?ref=v2.0.0"\n}\n'
  expect(detectText({ 'live/terragrunt.hcl': text }).pins).toMatchObject([{ version: 'v2.0.0' }])
})

test('only a version of Kubernetes is taken for one by the name of its variable', () => {
  const text = 'a = { cluster_version = "1.31" }\nredis_cluster_version = "7.1"\nk8s_version = "v1.30.3+1"\n'
  expect(detectText({ 'x.tfvars': text }).pins.map(({ version }) => version)).toEqual(['1.31', 'v1.30.3+1'])
})

describe('HCL', () => {
  test('comments, heredocs, nested templates and escapes hide nothing and are nothing', () => {
    const text = [
      '# version = "9.9.9"',
      '// version = "9.9.8"',
      '/* module "x" {',
      '*/',
      'a = <<EOT',
      'version = "9.9.7" }',
      '  EOT',
      `b = "\${join(",", [for k, v in { "}" = "{" } : "\${k}=\\"\${v}"])}"`,
      `c = "$\${no.template \\" still"`,
      'block "label" bare {',
      '  d = cond == 1 ? "x" : "y"',
      '  e = { "quoted key" = "1", other : 2, }',
      '}',
    ].join('\r\n')
    const { attributes, blocks } = readHcl(text)
    expect(attributes.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(blocks).toMatchObject([
      {
        type: 'block',
        labels: ['label', 'bare'],
        attributes: [
          { name: 'd', value: { type: 'other' } },
          { name: 'e', value: { type: 'object', attributes: [{ name: 'quoted key' }, { name: 'other' }] } },
        ],
      },
    ])
  })

  test('text that is no HCL costs itself at most', () => {
    for (const bad of ['{{{{', 'a = [[[', '"', '<<EOT\n', '"${"${', '}'.repeat(1000), 'a {'.repeat(20_000), '\uFEFF'])
      expect(() => detectText({ 'main.tf': bad })).not.toThrow()
    const good = 'module "m" {\n  source = "example/m/aws"\n  version = "1.2.3"\n}\n'
    expect(detectText({ 'main.tf': `x = "open\ny = }\n${good}` }).pins).toMatchObject([{ version: '1.2.3' }])
  })
})
