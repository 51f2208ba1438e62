locals {
  # Unknown until the network and the node are made, so that the records are read after that.
  subnet = try(jsondecode(file("records/network${substr(terraform_data.network.id, 0, 0)}")).subnet, null)
  host_key = {
    for name, node in terraform_data.node : name =>
    try(jsondecode(file("records/${name}${substr(node.id, 0, 0)}")).host_key, null)
  }
}

output "nodes" {
  description = "The machines, as every template of prov gives them."

  value = [
    for name, node in local.nodes : {
      name       = name
      group      = node.group
      public_ip  = try("${local.subnet}.${node.octet}", null)
      private_ip = try("${local.subnet}.${node.octet}", null)
      user       = "prov"
      port       = 22
      host_key   = try(local.host_key[name], null)
      vars       = {}
    }
  ]
}
