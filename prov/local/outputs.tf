locals {
  # Known once the network is made; the files below are read at that time.
  made = "/var/lib/prov/local/${terraform_data.network.output.id}"
}

output "nodes" {
  description = "The machines, as every template of prov gives them."

  value = [
    for name, node in local.nodes : {
      name       = name
      group      = node.group
      public_ip  = "${trimspace(file("${local.made}/subnet"))}.${node.octet}"
      private_ip = "${trimspace(file("${local.made}/subnet"))}.${node.octet}"
      user       = "prov"
      port       = 22
      host_key   = trimspace(file("${local.made}/nodes/${terraform_data.node[name].output.name}/host_key.pub"))
      vars       = {}
    }
  ]
}
