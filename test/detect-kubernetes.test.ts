import { expect, test } from 'vitest'
import { detectText, expectRanges, notes, short } from './support/detected.ts'

function pinsOf(text: string, file = 'a.yaml'): readonly string[] {
  const files = { [file]: text }
  const detected = detectText(files)
  expectRanges(files, detected)
  return detected.pins.map(short)
}

const DIGEST = `sha256:${'b'.repeat(64)}`

test.each([
  [
    'cluster.x-k8s.io/v1beta1',
    'Cluster',
    'spec: {topology: {version: v1.30.2}}',
    'kubernetes v1.30.2',
    'kubernetes kubernetes',
    28,
  ],
  [
    'controlplane.cluster.x-k8s.io/v1beta1',
    'KubeadmControlPlane',
    'spec: {version: v1.30.2}',
    'kubernetes v1.30.2',
    'kubernetes kubernetes',
    17,
  ],
  [
    'controlplane.cluster.x-k8s.io/v1beta1',
    'RKE2ControlPlane',
    'spec: {version: v1.30.2+rke2r1}',
    'rke2 v1.30.2+rke2r1',
    'github-releases https://github.com/rancher/rke2',
    17,
  ],
  ['eksctl.io/v1alpha5', 'ClusterConfig', 'metadata: {version: "1.30"}', 'kubernetes 1.30', 'kubernetes eks', 22],
  ['eksctl.io/v1alpha5', 'ClusterConfig', 'metadata: {version: 1.29}', 'kubernetes 1.29', 'kubernetes eks', 21],
])('%s %s says which Kubernetes it is to become: %s', (apiVersion, kind, body, pin, source, column) => {
  expect(pinsOf(`apiVersion: ${apiVersion}\nkind: ${kind}\n${body}\n`)).toEqual([
    `${pin} kubernetes-version ${source} a.yaml:3:${column} null`,
  ])
})

test('a machine deployment says it deeper; an object of another group says nothing', () => {
  const body = 'kind: MachineDeployment\nspec:\n  template:\n    spec:\n      version: v1.30.2\n'
  expect(pinsOf(`apiVersion: cluster.x-k8s.io/v1beta1\n${body}`)).toHaveLength(1)
  expect(pinsOf(`apiVersion: example.com/v1\n${body}`)).toEqual([])
})

const PLAN = (version: string, image: string) =>
  `apiVersion: upgrade.cattle.io/v1\nkind: Plan\nmetadata:\n  name: server\nspec:\n${version}\n  upgrade:\n    image: ${image}\n`

test.each([
  ['rancher/k3s-upgrade', 'k3s v1.27.2+k3s1 kubernetes-version github-releases https://github.com/k3s-io/k3s'],
  ['rancher/rke2-upgrade', 'rke2 v1.27.2+k3s1 kubernetes-version github-releases https://github.com/rancher/rke2'],
  ['ghcr.io/siderolabs/talosctl', 'talos v1.27.2+k3s1 kubernetes-version docker ghcr.io/siderolabs/talosctl'],
])('an upgrade Plan with %s gives its version to that image', (image, pin) => {
  expect(pinsOf(PLAN('  version: "v1.27.2+k3s1"', image))).toEqual([`${pin} a.yaml:6:13 null`])
})

test('a Plan whose image has a tag of its own leaves to a comment what its version is of', () => {
  const tagged = 'ghcr.io/siderolabs/talosctl:v1.6.6'
  const plain = detectText({ 'a.yaml': PLAN('  version: v1.29.2', tagged) }).pins
  expect(plain.find(({ place }) => place.line === 6)).toMatchObject({
    component: 'server',
    source: { type: 'unknown' },
  })
  const hinted = '  # renovate: datasource=docker depName=ghcr.io/siderolabs/kubelet\n  version: v1.29.2'
  expect(detectText({ 'a.yaml': PLAN(hinted, tagged) }).pins.find(({ place }) => place.line === 7)).toMatchObject({
    component: 'kubernetes',
    kind: 'kubernetes-version',
    source: { type: 'docker', url: 'ghcr.io/siderolabs/kubelet' },
  })
})

test('a talconfig holds Talos and Kubernetes; comments say where their versions come from', () => {
  const text = [
    'clusterName: home',
    'talosVersion: v1.7.4',
    '# renovate: datasource=docker depName=ghcr.io/siderolabs/kubelet',
    'kubernetesVersion: "v1.30.1"',
    'endpoint: https://$' + '{clusterName}:6443',
    'nodes: []',
  ]
  expect(pinsOf(`${text.join('\n')}\n`, 'talos/talconfig.yaml')).toEqual([
    'talos v1.7.4 kubernetes-version github-releases https://github.com/siderolabs/talos talos/talconfig.yaml:2:15 null',
    'kubernetes v1.30.1 kubernetes-version docker ghcr.io/siderolabs/kubelet talos/talconfig.yaml:4:21 null',
  ])
})

test('a Talos machine configuration pins its images, and one filled in elsewhere is a note', () => {
  const text = [
    'version: v1alpha1',
    'machine:',
    '  install:',
    '    image: factory.talos.example.com/installer/0a1b2c:v1.7.4',
    '  kubelet:',
    `    image: ghcr.io/siderolabs/kubelet:v1.30.1@${DIGEST}`,
    'cluster:',
    '  apiServer:',
    '    image: registry.k8s.io/kube-apiserver:$' + '{VERSION}',
  ]
  const files = { 'controlplane.yaml': `${text.join('\n')}\n` }
  const detected = detectText(files)
  expectRanges(files, detected)
  expect(detected.pins).toMatchObject([
    { component: 'talos', version: 'v1.7.4', place: { line: 4, column: 55 } },
    { component: 'kubernetes', version: 'v1.30.1', digest: { value: DIGEST }, place: { line: 6 } },
  ])
  expect(notes(detected).every(note => note.includes('filled in elsewhere'))).toBe(true)
})
