/**
 * Where versions of Kubernetes and of its distributions stand. Data only: a new place is a new line.
 * Sources: the reference documentation of each project, and of the Terraform provider for the resources.
 */

/** A place in a Kubernetes-like object: every apiVersion that starts with `group`, of this kind. `path` is written with dots. */
export type KubernetesPlace = {
  readonly group: string
  readonly kind: string
  readonly path: string
  readonly component: string
  /** The distribution whose versions count. */
  readonly distribution: string
}

function place(group: string, kind: string, path: string, component = 'kubernetes', distribution = component) {
  return { group, kind, path, component, distribution }
}

/** Every such place, by project. */
export const KUBERNETES_PLACES: readonly KubernetesPlace[] = [
  // Cluster API and its control planes
  place('cluster.x-k8s.io/', 'Cluster', 'spec.topology.version'),
  place('cluster.x-k8s.io/', 'MachineDeployment', 'spec.template.spec.version'),
  place('cluster.x-k8s.io/', 'MachinePool', 'spec.template.spec.version'),
  place('cluster.x-k8s.io/', 'MachineSet', 'spec.template.spec.version'),
  place('cluster.x-k8s.io/', 'Machine', 'spec.version'),
  place('controlplane.cluster.x-k8s.io/', 'KubeadmControlPlane', 'spec.version'),
  place('controlplane.cluster.x-k8s.io/', 'TalosControlPlane', 'spec.version'),
  place('controlplane.cluster.x-k8s.io/', 'MicroK8sControlPlane', 'spec.version'),
  place('controlplane.cluster.x-k8s.io/', 'AWSManagedControlPlane', 'spec.version', 'kubernetes', 'eks'),
  place('controlplane.cluster.x-k8s.io/', 'RKE2ControlPlane', 'spec.version', 'rke2'),
  place('controlplane.cluster.x-k8s.io/', 'KThreesControlPlane', 'spec.version', 'k3s'),
  place('controlplane.cluster.x-k8s.io/', 'K0sControlPlane', 'spec.version', 'k0s'),
  place('infrastructure.cluster.x-k8s.io/', 'AzureManagedControlPlane', 'spec.version', 'kubernetes', 'aks'),
  place('infrastructure.cluster.x-k8s.io/', 'GCPManagedControlPlane', 'spec.controlPlaneVersion', 'kubernetes', 'gke'),
  // Installers
  place('eksctl.io/', 'ClusterConfig', 'metadata.version', 'kubernetes', 'eks'),
  place('kubeadm.k8s.io/', 'ClusterConfiguration', 'kubernetesVersion'),
  place('kops.k8s.io/', 'Cluster', 'spec.kubernetesVersion'),
  place('k0sctl.k0sproject.io/', 'Cluster', 'spec.k0s.version', 'k0s'),
  place('provisioning.cattle.io/', 'Cluster', 'spec.kubernetesVersion', 'rke2'),
  place('cluster.k0smotron.io/', 'K0smotronControlPlane', 'spec.version', 'k0s'),
  // Cloud resources as Kubernetes objects
  place('container.cnrm.cloud.google.com/', 'ContainerCluster', 'spec.minMasterVersion', 'kubernetes', 'gke'),
  place('container.cnrm.cloud.google.com/', 'ContainerNodePool', 'spec.version', 'kubernetes', 'gke'),
  place('eks.aws.upbound.io/', 'Cluster', 'spec.forProvider.version', 'kubernetes', 'eks'),
  place('eks.services.k8s.aws/', 'Cluster', 'spec.version', 'kubernetes', 'eks'),
  place('container.gcp.upbound.io/', 'Cluster', 'spec.forProvider.minMasterVersion', 'kubernetes', 'gke'),
  place(
    'containerservice.azure.upbound.io/',
    'KubernetesCluster',
    'spec.forProvider.kubernetesVersion',
    'kubernetes',
    'aks',
  ),
]

/** Files without apiVersion that are known by two keys at their root, and the versions at their root. */
export const KUBERNETES_FILES: readonly {
  readonly keys: readonly [string, string]
  readonly path: string
  readonly component: string
}[] = [
  // talhelper's talconfig.yaml
  { keys: ['clusterName', 'talosVersion'], path: 'talosVersion', component: 'talos' },
  { keys: ['clusterName', 'nodes'], path: 'kubernetesVersion', component: 'kubernetes' },
]

/** Images inside a Talos machine configuration (v1alpha1). */
export const MACHINE_IMAGES: readonly string[] = [
  'machine.install.image',
  'machine.kubelet.image',
  'cluster.apiServer.image',
  'cluster.controllerManager.image',
  'cluster.scheduler.image',
  'cluster.proxy.image',
  'cluster.etcd.image',
]

/** Images and repositories that are released with the versions of what they belong to, by the last part of their name. */
export const RELEASED_AS: Readonly<Record<string, string>> = {
  kubelet: 'kubernetes',
  'kube-apiserver': 'kubernetes',
  'kube-controller-manager': 'kubernetes',
  'kube-scheduler': 'kubernetes',
  'kube-proxy': 'kubernetes',
  talosctl: 'talos',
  'k3s-upgrade': 'k3s',
  'rke2-upgrade': 'rke2',
}

/** Distributions that publish their versions as releases of a repository; the others count as Kubernetes or their cloud does. */
export const PUBLISHED_AT: Readonly<Record<string, string>> = {
  talos: 'https://github.com/siderolabs/talos',
  k3s: 'https://github.com/k3s-io/k3s',
  rke2: 'https://github.com/rancher/rke2',
  k0s: 'https://github.com/k0sproject/k0s',
}

/** What an upgrade image installs: its own tags have no `+`, and come later than the releases. */
export const UPGRADE_IMAGES: Readonly<Record<string, string>> = {
  'rancher/k3s-upgrade': 'k3s',
  'rancher/rke2-upgrade': 'rke2',
}

/** What a variable is for, by its name in any spelling: `talosVersion`, `TALOS_VERSION`, `k3s_release_version`. */
export const VERSION_NAMES: readonly { readonly name: RegExp; readonly component: string }[] = [
  { name: /(?:^|_)talos_version$/, component: 'talos' },
  { name: /(?:^|_)k3s(?:_release)?_version$/, component: 'k3s' },
  { name: /(?:^|_)rke2(?:_release)?_version$/, component: 'rke2' },
  {
    name: /(?:^|_)(?:cluster|kubernetes|k8s|kube|eks|gke|aks|kubelet|orchestrator|min_master|control_plane)_version$/,
    component: 'kubernetes',
  },
]

/** Terraform resources that are a Kubernetes cluster or its nodes, the attribute that holds the version, and whose versions count. */
export const KUBERNETES_RESOURCES: Readonly<Record<string, readonly [attribute: string, distribution: string]>> = {
  aws_eks_cluster: ['version', 'eks'],
  aws_eks_node_group: ['version', 'eks'],
  google_container_cluster: ['min_master_version', 'gke'],
  google_container_node_pool: ['version', 'gke'],
  azurerm_kubernetes_cluster: ['kubernetes_version', 'aks'],
  azurerm_kubernetes_cluster_node_pool: ['orchestrator_version', 'aks'],
  digitalocean_kubernetes_cluster: ['version', 'kubernetes'],
  civo_kubernetes_cluster: ['kubernetes_version', 'kubernetes'],
  vultr_kubernetes: ['version', 'kubernetes'],
  linode_lke_cluster: ['k8s_version', 'kubernetes'],
  scaleway_k8s_cluster: ['version', 'kubernetes'],
  exoscale_sks_cluster: ['version', 'kubernetes'],
  oci_containerengine_cluster: ['kubernetes_version', 'kubernetes'],
  ibm_container_vpc_cluster: ['kube_version', 'kubernetes'],
  ovh_cloud_project_kube: ['version', 'kubernetes'],
}
