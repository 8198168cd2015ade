# behind staging, on purpose
external_dns_version = "1.14.5"
cluster_version      = 1.29
