variable "external_dns_version" {
  type = string
}

variable "eks" {
  type    = string
  default = "1.30"
}
