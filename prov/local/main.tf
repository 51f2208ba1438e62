# Machines on this host. Everything is made and ended by the scripts beside this file; terraform decides what and when.
# It needs no provider download: terraform_data is built in.

terraform {
  required_version = ">= 1.5"
}

locals {
  folder  = "/var/lib/prov/local/${var.deployment_id}"
  boot_id = trimspace(try(file("/proc/sys/kernel/random/boot_id"), ""))

  # The host's own release, where it is one that mmdebstrap can make.
  host_suite = try(regex("(?m)^VERSION_CODENAME=([a-z]+)$", regex("(?ms)^.*^ID=(?:debian|ubuntu)$.*", file("/etc/os-release")))[0], "bookworm")
  suite      = coalesce(var.image_suite, local.host_suite)
  packages   = sort(distinct(var.image_packages))

  # The recipe is part of the digest, so that a new one gets an image of its own; running nodes keep theirs.
  image = substr(sha256(jsonencode([local.suite, local.packages, filesha256("${path.module}/image")])), 0, 16)

  limits = {
    server  = { cpus = var.server_cpus, memory_mb = var.server_memory_mb }
    client  = { cpus = var.client_cpus, memory_mb = var.client_memory_mb }
    monitor = { cpus = var.monitor_cpus, memory_mb = var.monitor_memory_mb }
  }

  # Each name has its last octet for good, so that a change of one group's count moves no other node.
  nodes = merge(
    { for i in range(var.server_count) : "server-${i}" => { group = "server", octet = 11 + i } },
    { for i in range(var.client_count) : "client-${i}" => { group = "client", octet = 121 + i } },
    { for i in range(var.monitor_count) : "monitor-${i}" => { group = "monitor", octet = 231 + i } },
  )

  # What `node create` last wrote of each machine, and whether that process is still the same one: field 22 of its
  # stat line is when it started, field 3 is "Z" once it has ended.
  lives = { for name, node in local.nodes : name => try(jsondecode(file("${local.folder}/lives/${name}")), null) }
  stats = { for name, life in local.lives : name => try(split(" ", file("/proc/${life.pid}/stat")), null) }
  alive = {
    for name, life in local.lives :
    name => try(local.stats[name][21] == life.start && local.stats[name][2] != "Z" && life.boot == local.boot_id, false)
  }

  # Counts up when a machine is found dead, which makes it anew. The record outlives the machine, so that the number
  # is the same at plan and at apply, and it keeps the number that `node create` was given while the machine lives.
  life = {
    for name, life in local.lives : name => life == null ? 0 : local.alive[name] ? life.number : life.number + 1
  }
}

resource "terraform_data" "network" {
  input = { id = var.deployment_id }

  triggers_replace = [var.deployment_id]

  provisioner "local-exec" {
    interpreter = ["bash", "./network", "create"]
    command     = self.input.id
  }

  # Everything of the deployment goes with it, also what terraform lost track of.
  provisioner "local-exec" {
    when        = destroy
    interpreter = ["bash", "./sweep"]
    command     = self.input.id
  }

  lifecycle {
    precondition {
      condition     = local.boot_id != ""
      error_message = "prov/local makes machines of a Linux host, and this is none; use prov/ec2 or prov/ec2-ondemand."
    }
  }
}

resource "terraform_data" "image" {
  input = { digest = local.image, suite = local.suite, packages = join(" ", local.packages) }

  triggers_replace = [local.image]

  provisioner "local-exec" {
    interpreter = ["bash", "./image", var.deployment_id, self.input.digest, self.input.suite]
    command     = self.input.packages == "" ? " " : self.input.packages
  }

  lifecycle {
    precondition {
      condition     = local.boot_id != ""
      error_message = "prov/local makes machines of a Linux host, and this is none; use prov/ec2 or prov/ec2-ondemand."
    }
  }
}

resource "terraform_data" "node" {
  for_each = local.nodes

  input = { id = var.deployment_id, name = each.key }

  triggers_replace = {
    boot     = local.boot_id
    life     = local.life[each.key]
    suite    = local.suite
    packages = local.packages
  }

  depends_on = [terraform_data.network, terraform_data.image]

  provisioner "local-exec" {
    interpreter = ["bash", "./node", "create", self.input.id, self.input.name, each.value.octet, local.life[each.key]]
    command     = local.image
  }

  provisioner "local-exec" {
    when        = destroy
    interpreter = ["bash", "./node", "destroy", self.input.id]
    command     = self.input.name
  }
}

# What changes in place, in the running machine.
resource "terraform_data" "settings" {
  for_each = local.nodes

  triggers_replace = {
    node   = terraform_data.node[each.key].id
    limits = local.limits[each.value.group]
    key    = trimspace(file(pathexpand(var.public_key_path)))
  }

  provisioner "local-exec" {
    interpreter = [
      "bash", "./settings", var.deployment_id, each.key,
      coalesce(local.limits[each.value.group].cpus, "max"), coalesce(local.limits[each.value.group].memory_mb, "max"),
    ]
    command = self.triggers_replace.key
  }
}
