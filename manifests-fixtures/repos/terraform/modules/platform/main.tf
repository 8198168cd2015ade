locals {
  charts = "https://charts.example.com/platform"
  versions = {
    ingress-nginx = "4.11.2" # with the annotations that we allow
  }
}

resource "helm_release" "cert_manager" {
  name             = "cert-manager"
  namespace        = "cert-manager"
  create_namespace = true
  repository       = "https://charts.example.com/jetstack"
  chart            = "cert-manager"
  version          = "v1.15.3"

  set {
    name  = "crds.enabled"
    value = "true"
  }
}

resource "helm_release" "ingress" {
  name       = "ingress"
  repository = local.charts
  chart      = "ingress-nginx"
  version    = local.versions["ingress-nginx"]
  values = [<<-YAML
    controller:
      version = "4.11.2"
    YAML
  ]
}

resource "helm_release" "dns" {
  name       = "external-dns"
  repository = "oci://registry.example.com/charts"
  chart      = "external-dns"
  version    = var.external_dns_version
}

resource "helm_release" "own" {
  name    = "own"
  chart   = "${path.module}/charts/own"
  version = "0.1.0"
}

module "vpc" {
  source  = "terraform-example-modules/vpc/aws//modules/endpoints"
  version = "~> 5.8.1"
}

module "labels" {
  source = "git::https://git.example.com/modules/labels.git//kubernetes?ref=v0.4.1&depth=1"
}

resource "aws_eks_cluster" "this" {
  name    = "platform"
  version = var.eks
}

resource "kubernetes_deployment" "exporter" {
  spec {
    template {
      spec {
        container {
          image = "registry.example.com/tools/exporter:v1.6.1"
        }
        container {
          image = "registry.example.com/tools/sidecar:latest"
        }
      }
    }
  }
}
