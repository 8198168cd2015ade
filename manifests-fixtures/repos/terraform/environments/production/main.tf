variable "external_dns_version" {}

module "platform" {
  source               = "../../modules/platform"
  external_dns_version = var.external_dns_version
}
