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

# Images that the configs name, so that a wrong one is said before anything is made. Only where prov plans machines: one
# that was withdrawn since must keep nobody from extending or ending what runs. prov finds the key in the configs by what
# stands in the brackets of "given".
data "aws_ami" "given" {
  for_each = toset([
    for plan in values(local.groups) : plan.ami if var.check_images && plan.ami != null && plan.count > 0
  ])
  include_deprecated = true

  filter {
    name   = "image-id"
    values = [each.key]
  }
}

# What cannot change under a running machine. A change of type would be a stop, which loses local
# NVMe and which spot instances refuse, so it counts as another machine and is shown as such. EC2 gives
# a machine its key at the first boot only; the key's comment is nobody's business.
resource "terraform_data" "machine" {
  for_each = local.nodes
  triggers_replace = [
    each.value.instance_type, each.value.spot,
    join(" ", slice(split(" ", aws_key_pair.this.public_key), 0, 2))
  ]
}

# The only way to tag an instance's network interface at its creation: the launch reads this. It is
# made anew when a tag changes, and no machine minds: what is read after the launch is nothing.
resource "aws_launch_template" "interface" {
  # A fixed name, by which cloud/ finds one that a killed terraform left behind.
  name = local.deployment
  tags = local.network_tags

  tag_specifications {
    resource_type = "network-interface"
    tags          = local.network_tags
  }

  lifecycle {
    # Not every place reads them back as they were given.
    ignore_changes       = [tags, tags_all, tag_specifications]
    replace_triggered_by = [terraform_data.tags]
  }
}

resource "terraform_data" "tags" {
  triggers_replace = local.network_tags
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

  # So that expiry works even if every laptop is off: an instance that powers off is terminated.
  instance_initiated_shutdown_behavior = "terminate"

  subnet_id              = aws_subnet.this.id
  vpc_security_group_ids = [aws_security_group.this.id]

  launch_template {
    id = aws_launch_template.interface.id
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
    # A newer image, another expiry or another tag must not replace a machine that holds data. The
    # last two are not read back everywhere; what else would change them replaces the machine.
    ignore_changes = [
      ami, user_data, launch_template, instance_market_options, vpc_security_group_ids
    ]
    replace_triggered_by = [
      terraform_data.machine[each.key], aws_security_group.this.id
    ]
  }

  # The way out must exist before the first boot, and until the last public address is gone.
  depends_on = [aws_default_route_table.this]
}

# Tags of the network interfaces that change later, and the nodes' own names.
locals {
  interface_tags = merge([
    for name, node in local.nodes : {
      for key, value in node.tags : "${name} ${key}" => { node = name, key = key, value = value }
    }
  ]...)
}

resource "aws_ec2_tag" "interface" {
  for_each    = local.interface_tags
  resource_id = aws_instance.node[each.value.node].primary_network_interface_id
  key         = each.value.key
  value       = each.value.value
}
