locals {
  groups = {
    server = {
      count         = var.server_count
      instance_type = var.server_instance_type
      ami           = var.server_ami
      user          = var.server_user
      spot          = var.server_spot
    }
    client = {
      count         = var.client_count
      instance_type = var.client_instance_type
      ami           = var.client_ami
      user          = var.client_user
      spot          = var.client_spot
    }
    monitor = {
      count         = var.monitor_count
      instance_type = var.monitor_instance_type
      ami           = var.monitor_ami
      user          = var.monitor_user
      spot          = var.monitor_spot
    }
  }

  # Keyed by name, so that a change of a count touches only the last nodes.
  nodes = merge([
    for group, plan in local.groups : {
      for index in range(plan.count) : "${group}-${index}" => merge(plan, {
        group = group
        tags  = merge(local.tags, { Name = "${var.deployment_name}-${group}-${index}" })
      })
    }
  ]...)

  # Graviton families have a "g" behind their generation: c7g, m6gd, i4g, im4gn.
  architectures = {
    for group, plan in local.groups : group =>
    can(regex("^(a1|[a-z]+[0-9]+g)", plan.instance_type)) ? "arm64" : "amd64"
  }
  ubuntu_for = toset([
    for group, plan in local.groups : local.architectures[group] if plan.ami == null && plan.count > 0
  ])
  # Newest first. A place without 24.04 serves with the newest LTS that it has.
  ubuntu = {
    for architecture in local.ubuntu_for : architecture => try(
      data.aws_ami_ids.ubuntu_2404[architecture].ids[0],
      data.aws_ami_ids.ubuntu_lts[architecture].ids[0],
      null,
    )
  }
}

# Canonical's own account; asked only for a group that names no image.
data "aws_ami_ids" "ubuntu_2404" {
  for_each = local.ubuntu_for
  owners   = ["099720109477"]

  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd*/ubuntu-noble-24.04-${each.key}-server-*"]
  }
}

data "aws_ami_ids" "ubuntu_lts" {
  for_each   = toset([for key, found in data.aws_ami_ids.ubuntu_2404 : key if length(found.ids) == 0])
  owners     = ["099720109477"]
  name_regex = "^ubuntu/images/hvm-ssd[^/]*/ubuntu-[a-z]+-[0-9][02468]\\.04-${each.key}-server-"
}

# A resource of its own, not a by-product of the instance: only so does it get its tags at creation
# and in place, and a node that is made again keeps its private address.
resource "aws_network_interface" "node" {
  for_each        = local.nodes
  subnet_id       = aws_subnet.this.id
  security_groups = [aws_security_group.this.id]
  description     = each.value.tags.Name
  tags            = each.value.tags
}

resource "aws_instance" "node" {
  for_each      = local.nodes
  instance_type = each.value.instance_type
  ami           = each.value.ami != null ? each.value.ami : local.ubuntu[local.architectures[each.value.group]]
  key_name      = aws_key_pair.this.key_name
  user_data     = local.user_data
  tags          = each.value.tags
  # Not root_block_device.tags, which the provider sets by a second call after the launch.
  volume_tags = each.value.tags

  # What makes expiry work without anybody's laptop: a machine that powers off is gone.
  instance_initiated_shutdown_behavior = "terminate"

  network_interface {
    device_index         = 0
    network_interface_id = aws_network_interface.node[each.key].id
  }

  root_block_device {
    encrypted             = true
    delete_on_termination = true
    volume_type           = var.volume_type
    volume_size           = var.volume_size
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "enabled"
  }

  # Not a spot request, which leaves its instance without tags.
  dynamic "instance_market_options" {
    for_each = each.value.spot ? ["spot"] : []
    content {
      market_type = "spot"
      spot_options {
        spot_instance_type             = "one-time"
        instance_interruption_behavior = "terminate"
      }
    }
  }

  lifecycle {
    precondition {
      condition     = each.value.ami != null || try(local.ubuntu[local.architectures[each.value.group]], null) != null
      error_message = "region ${var.region} has no Ubuntu image for ${each.value.instance_type}: set ${each.value.group}_ami."
    }
    # A newer image or another expiry must not replace a machine that holds data. The interface is
    # ignored because an import cannot read it, and watched below instead.
    ignore_changes       = [ami, user_data, network_interface]
    replace_triggered_by = [aws_network_interface.node[each.key].id]
  }

  # The way out must exist before the first boot, and until the last public address is gone.
  depends_on = [aws_default_route_table.this]
}
