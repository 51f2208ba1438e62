# Machines on this host. Everything is made and ended by the scripts beside this file; terraform decides what and when.
# It needs no provider download: terraform_data is built in.

terraform {
  required_version = ">= 1.5"
}

locals {
  boot_id = trimspace(try(file("/proc/sys/kernel/random/boot_id"), ""))

  # The host's own release, where it is one that mmdebstrap can make.
  host_suite = try(regex("(?m)^VERSION_CODENAME=([a-z]+)$", regex("(?ms)^.*^ID=(?:debian|ubuntu)$.*", file("/etc/os-release")))[0], "bookworm")
  suite      = coalesce(var.image_suite, local.host_suite)
  packages   = sort(distinct(concat(local.system_packages[var.system], var.image_packages)))

  # What the scripts set up on the servers, where the usual packages lack it: machines have no way out to fetch it.
  system_packages = {
    redis      = []
    etcd       = ["etcd-client", "etcd-server"]
    postgresql = ["postgresql-15", "prometheus-postgres-exporter"]
    # Debian has neither: their packages are installed by hand, from the vendors' repositories.
    scylla    = []
    cassandra = []
    service   = var.service_packages
  }

  # The recipe is part of the digest, so that a new one gets an image of its own; running nodes keep theirs.
  image = substr(sha256(jsonencode([local.suite, local.packages, filesha256("${path.module}/image")])), 0, 16)

  limits = {
    server  = { cpus = var.server_cpus, memory_mb = var.server_memory_mb, cpuset = var.server_cpuset }
    client  = { cpus = var.client_cpus, memory_mb = var.client_memory_mb, cpuset = var.client_cpuset }
    monitor = { cpus = var.monitor_cpus, memory_mb = var.monitor_memory_mb, cpuset = var.monitor_cpuset }
  }

  # The host's processors, and those that each group is to have, by number; what cannot be read is refused by the host.
  online = try(trimspace(file("/sys/devices/system/cpu/online")), "")
  processors = {
    for name, list in merge({ host = local.online }, { for group, limit in local.limits : group => coalesce(limit.cpuset, "-") }) :
    name => flatten([
      for part in split(",", list) : try(range(tonumber(split("-", part)[0]), tonumber(reverse(split("-", part))[0]) + 1), [])
    ])
  }

  # Each name has its last octet for good, so that a change of one group's count moves no other node.
  nodes = merge(
    { for i in range(var.server_count) : "server-${i}" => { group = "server", octet = 11 + i } },
    { for i in range(var.client_count) : "client-${i}" => { group = "client", octet = 121 + i } },
    { for i in range(var.monitor_count) : "monitor-${i}" => { group = "monitor", octet = 231 + i } },
  )

  # What the scripts recorded of the network and of each machine when they were whole, and whether that is still there.
  # Of a process's stat line, field 22 is when it started, and field 3 is "Z" once it has ended.
  names   = concat(["network"], keys(local.nodes))
  records = { for name in local.names : name => try(jsondecode(file("records/${name}")), null) }
  stats   = { for name, record in local.records : name => try(split(" ", file("/proc/${record.pid}/stat")), null) }
  whole = {
    for name, record in local.records : name => try(
      record.boot == local.boot_id && (
        name == "network"
        ? trimspace(file("/sys/class/net/prov-${var.deployment_id}/ifindex")) == record.index
        : local.stats[name][21] == record.start && local.stats[name][2] != "Z"
      ), false
    )
  }

  # What is whole keeps the life that it was recorded with; anything else gets a new one, which makes it anew, machines
  # also where their network is no more. The state alone cannot tell: a killed terraform may have written things there
  # that were never finished, or that have gone since.
  life = {
    for name in local.names : name =>
    local.whole[name] && local.whole["network"] ? local.records[name].life : uuid()
  }

  # The same for what can change in a running machine.
  wanted = {
    for name, node in local.nodes : name => sha256(jsonencode([local.life[name], local.limits[node.group], local.key, var.expires_at]))
  }
  applied = { for name in keys(local.nodes) : name => try(jsondecode(file("records/${name}.settings")), null) }
  settings = {
    for name, wanted in local.wanted :
    name => try(local.applied[name].wanted == wanted, false) ? local.applied[name].life : uuid()
  }
  key = trimspace(file(pathexpand(var.public_key_path)))
}

# Everything of the deployment goes with this, which is never made anew, also what terraform lost track of.
resource "terraform_data" "sweep" {
  input = { id = var.deployment_id }

  provisioner "local-exec" {
    when        = destroy
    interpreter = ["bash", "./sweep"]
    command     = self.input.id
    quiet       = true
  }
}

resource "terraform_data" "network" {
  input = { id = var.deployment_id }

  triggers_replace = [var.deployment_id, local.life["network"]]

  depends_on = [terraform_data.sweep]

  provisioner "local-exec" {
    interpreter = ["bash", "./network", "create", local.life["network"], var.deployment_name, coalesce(var.owner, "-")]
    command     = self.input.id
    quiet       = true
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
    interpreter = ["bash", "./image", var.deployment_id, self.input.suite, self.input.packages]
    command     = self.input.digest
    quiet       = true
  }

  lifecycle {
    precondition {
      condition     = local.boot_id != ""
      error_message = "prov/local makes machines of a Linux host, and this is none; use prov/ec2 or prov/ec2-ondemand."
    }
  }
}

# The end of a machine whose name the configs no longer have. What stands behind a name is made anew by "node", whose
# script ends the machine that was there only when all that the new one needs is there.
resource "terraform_data" "place" {
  for_each = local.nodes

  input = { id = var.deployment_id, name = each.key }

  depends_on = [terraform_data.network]

  provisioner "local-exec" {
    when        = destroy
    interpreter = ["bash", "./node", "destroy", self.input.id]
    command     = self.input.name
    quiet       = true
  }
}

resource "terraform_data" "node" {
  for_each = local.nodes

  input = { id = var.deployment_id, name = each.key }

  triggers_replace = {
    network  = [var.deployment_id, local.life["network"]]
    life     = local.life[each.key]
    suite    = local.suite
    packages = local.packages
  }

  depends_on = [terraform_data.place, terraform_data.network, terraform_data.image]

  provisioner "local-exec" {
    interpreter = [
      "bash", "./node", "create", self.input.id, each.value.octet, local.life[each.key],
      local.image, local.suite, join(" ", local.packages),
    ]
    command = self.input.name
    quiet   = true
  }

  # Otherwise terraform would forget the machine before its image is made, and a wrong suite or package would cost it.
  # No resource that others depend on may then do anything when it ends, but those that are never made anew.
  lifecycle {
    create_before_destroy = true
  }
}

# What changes in place, in the running machine.
resource "terraform_data" "settings" {
  for_each = local.nodes

  triggers_replace = [terraform_data.node[each.key].id, local.settings[each.key]]

  provisioner "local-exec" {
    interpreter = [
      "bash", "./settings", var.deployment_id, local.settings[each.key], local.wanted[each.key],
      coalesce(local.limits[each.value.group].cpus, "max"), coalesce(local.limits[each.value.group].memory_mb, "max"),
      coalesce(local.limits[each.value.group].cpuset, "all"),
      local.key, coalesce(var.expires_at, "never"),
    ]
    command = each.key
    quiet   = true
  }

  lifecycle {
    precondition {
      condition     = local.online == "" || length(setsubtract(local.processors[each.value.group], local.processors["host"])) == 0
      error_message = "${each.value.group}_cpuset names processors that this host lacks: it has ${local.online}."
    }
  }
}
