# Machines that are processes: enough to see what prov makes, ends and loses, with no provider and no root.

variable "deployment_name" {
  type = string
}

variable "deployment_id" {
  type = string
}

variable "boot_seconds" {
  type        = number
  default     = 0
  description = "How long each machine takes to come up."
}

variable "server_count" {
  type    = number
  default = 3
}

variable "token" {
  type      = string
  default   = ""
  sensitive = true
}

# Terraform's state may name a machine whose making a kill -9 cut short, so a machine without the record that its script
# writes last gets another life, which makes it anew.
locals {
  names = [for index in range(var.server_count) : "server-${index}"]
  life  = { for name in local.names : name => try(file("records/${name}"), uuid()) }
}

resource "terraform_data" "node" {
  for_each = toset(local.names)

  input            = { id = var.deployment_id, name = each.key }
  triggers_replace = local.life[each.key]

  provisioner "local-exec" {
    interpreter = ["bash", "./machine", "create", self.input.id, self.input.name, self.triggers_replace]
    command     = var.boot_seconds
  }

  provisioner "local-exec" {
    when        = destroy
    interpreter = ["bash", "./machine", "destroy", self.input.id]
    command     = self.input.name
  }
}

output "nodes" {
  value = [
    for index in range(var.server_count) : {
      name       = "server-${index}"
      group      = "server"
      public_ip  = "198.18.255.${index + 1}"
      private_ip = "10.0.0.${index + 1}"
      user       = "root"
      host_key   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFBST1Ygc2FtcGxlIGhvc3Qga2V5IGZvciB0ZXN0cyE= node"
      vars       = { process = terraform_data.node["server-${index}"].output.name, rank = index }
    }
  ]
}
