external_dns_version = "1.15.0"
