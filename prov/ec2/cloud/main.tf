# What prov made in this account and region, found by tags alone: for `prov list --cloud`, for
# `prov adopt` and for the repair of a deployment whose terraform was killed. It creates nothing.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region     = var.region
  access_key = var.access_key
  secret_key = var.secret_key
  token      = var.session_token
}

variable "region" {
  type        = string
  description = "AWS region to look in, such as us-east-1."
}

variable "access_key" {
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
  description = "AWS access key; null: from the AWS environment or profile."
}

variable "secret_key" {
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
  description = "AWS secret key; null: from the AWS environment or profile."
}

variable "session_token" {
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
  description = "AWS session token that belongs to temporary keys."
}

variable "deployment" {
  type        = string
  default     = null
  description = "NAME-ID of one deployment: lists it alone, with what has to be asked for by name."
}

variable "known" {
  type = object({
    deployment = string
    ids        = list(string)
  })
  default     = { deployment = "", ids = [] }
  description = "What the state of one deployment has, or had: a network among it is the only one that is its own."
}

# Not every place lists launch templates by tags. Without one of this name the whole fails with
# "no matching", and prov asks again without the name.
data "aws_launch_template" "named" {
  for_each = toset(var.deployment == null ? [] : [var.deployment])
  name     = each.key
}

# Where its machines stand, which its configs may not say alone.
data "aws_subnet" "named" {
  for_each = toset([
    for resource in local.found : resource.id
    if resource.type == "subnet" && resource.tags.Deployment == coalesce(var.deployment, "-")
  ])
  id = each.key
}

# Lists what was tagged, which includes machines that ended within the last hour.
data "aws_resourcegroupstaggingapi_resources" "prov" {
  resource_type_filters = ["ec2"]

  tag_filter {
    key    = "CreatedBy"
    values = ["prov"]
  }
}

data "aws_instances" "alive" {
  instance_state_names = ["pending", "running", "stopping", "stopped"]

  instance_tags = {
    CreatedBy = "prov"
  }
}

# Tags can be copied, those of a network too; what stands in a network cannot leave it. A machine, a
# subnet or a group counts as a deployment's only inside the network that the state knows or, where no
# state does, that carries the same tag.
data "aws_instances" "inside" {
  for_each             = local.network_of
  instance_state_names = ["pending", "running", "stopping", "stopped"]

  filter {
    name   = "vpc-id"
    values = [each.key]
  }
}

data "aws_subnets" "inside" {
  for_each = local.network_of

  filter {
    name   = "vpc-id"
    values = [each.key]
  }
}

data "aws_security_groups" "inside" {
  for_each = local.network_of

  filter {
    name   = "vpc-id"
    values = [each.key]
  }
}

# Made with each network, and ended with it.
data "aws_security_groups" "default" {
  for_each = local.network_of

  filter {
    name   = "vpc-id"
    values = [each.key]
  }
  filter {
    name   = "group-name"
    values = ["default"]
  }
}

data "aws_route_tables" "inside" {
  for_each = local.network_of
  vpc_id   = each.key
}

# Nothing lists the networks of gateways without failing for one that has gone; the routes to it tell.
data "aws_route_tables" "to" {
  for_each = toset([
    for resource in local.found : resource.id
    if resource.type == "internet-gateway"
    && (var.deployment == null || resource.tags.Deployment == coalesce(var.deployment, "-"))
  ])

  filter {
    name   = "route.gateway-id"
    values = [each.key]
  }
}

locals {
  known_networks = [for id in var.known.ids : id if startswith(id, "vpc-")]

  # The deployment of each network.
  network_of = merge(
    {
      for resource in local.found : resource.id => resource.tags.Deployment
      if resource.type == "vpc" && (var.deployment == null || resource.tags.Deployment == var.deployment)
      && (length(local.known_networks) == 0 || resource.tags.Deployment != var.known.deployment)
    },
    { for id in local.known_networks : id => var.known.deployment },
  )
  # What stands in them, each as "DEPLOYMENT ID".
  inside = toset(flatten([
    for network, deployment in local.network_of : [
      for id in concat(
        data.aws_instances.inside[network].ids,
        data.aws_subnets.inside[network].ids,
        data.aws_security_groups.inside[network].ids,
      ) : "${deployment} ${id}"
    ]
  ]))

  # What stands in each network without the deployment's tags, and keeps it from its end.
  held_by = {
    for network, deployment in local.network_of : network => sort(setsubtract(
      concat(
        data.aws_instances.inside[network].ids,
        data.aws_subnets.inside[network].ids,
        data.aws_security_groups.inside[network].ids,
      ),
      concat(
        data.aws_security_groups.default[network].ids,
        [for resource in local.found : resource.id if resource.tags.Deployment == deployment],
      ),
    ))
  }

  # The route tables of each deployment's networks, each as "DEPLOYMENT ID".
  tables = toset(flatten([
    for network, deployment in local.network_of : [
      for id in data.aws_route_tables.inside[network].ids : "${deployment} ${id}"
    ]
  ]))

  found = [
    for resource in data.aws_resourcegroupstaggingapi_resources.prov.resource_tag_mapping_list : {
      type = split("/", split(":", resource.resource_arn)[5])[0]
      id   = split("/", resource.resource_arn)[1]
      tags = resource.tags
    } if can(regex("^.+-[0-9a-f]{8}$", resource.tags.Deployment))
  ]

  named_ids = [for template in data.aws_launch_template.named : template.id]

  named = [
    for name, template in data.aws_launch_template.named : {
      type = "launch-template"
      id   = template.id
      tags = merge({ Deployment = name, Expires = "" }, template.tags)
    } if !contains(local.found[*].id, template.id)
  ]

  alive = [
    for resource in concat(local.found, local.named) : merge(resource, {
      own = (
        contains(["instance", "subnet", "security-group"], resource.type)
        ? contains(local.inside, "${resource.tags.Deployment} ${resource.id}")
        : resource.type == "vpc"
        ? contains(keys(local.network_of), resource.id)
        # One to which nothing routes yet is its own.
        : resource.type == "internet-gateway"
        ? alltrue([
          for id in data.aws_route_tables.to[resource.id].ids :
          contains(local.tables, "${resource.tags.Deployment} ${id}")
        ])
        # Only its name can tell.
        : resource.type != "launch-template" || var.deployment == null || contains(local.named_ids, resource.id)
      )
      # One that lost its name goes by its id.
      node = trimprefix(
        lookup(resource.tags, "Name", resource.id),
        "${substr(resource.tags.Deployment, 0, length(resource.tags.Deployment) - 9)}-"
      )
    })
    if(resource.type != "instance" || contains(data.aws_instances.alive.ids, resource.id))
    && (var.deployment == null || resource.tags.Deployment == var.deployment)
  ]

  # An interface ends with its machine, and may be listed for a while longer.
  names = distinct(concat(
    [for resource in local.alive : resource.tags.Deployment if resource.type != "network-interface"],
    var.deployment == null ? [] : [var.deployment],
  ))

  # The address of each kind in the templates. What AWS makes by itself has none: the default route
  # table and security group are taken over again, volumes and interfaces end with their machines.
  addresses = {
    instance         = "aws_instance.node"
    internet-gateway = "aws_internet_gateway.this"
    launch-template  = "aws_launch_template.interface"
    security-group   = "aws_security_group.this"
    subnet           = "aws_subnet.this"
    vpc              = "aws_vpc.this"
  }
}

output "deployments" {
  description = "One object per deployment: its name, its machines, and what terraform can import."
  value = [
    for deployment in local.names : {
      name   = substr(deployment, 0, length(deployment) - 9)
      id     = substr(deployment, length(deployment) - 8, 8)
      region = var.region
      zone   = try(values(data.aws_subnet.named)[0].availability_zone, null)
      owner  = try([for r in local.alive : r.tags.Owner if r.tags.Deployment == deployment && can(r.tags.Owner)][0], "")
      expires = try(reverse(sort([
        for r in local.alive : lookup(r.tags, "Expires", "") if r.tags.Deployment == deployment && r.own
      ]))[0], "")
      nodes = sort([
        for r in local.alive : r.node if r.tags.Deployment == deployment && r.type == "instance" && r.own
      ])
      resources = length([for r in local.alive : r if r.tags.Deployment == deployment])
      networks  = sort([for network, of in local.network_of : network if of == deployment])

      # Two of one address were made by two runs of which one was killed; import one at a time.
      imports = concat(
        [
          for r in local.alive : {
            to = r.type != "instance" ? local.addresses[r.type] : format(
              "%s[%s]", local.addresses[r.type], jsonencode(r.node)
            )
            id    = r.id
            sure  = true
            own   = r.own
            holds = try(local.held_by[r.id], [])
          }
          if r.tags.Deployment == deployment && contains(keys(local.addresses), r.type)
          && try(r.tags.Name, "") != "${substr(deployment, 0, length(deployment) - 9)}-default"
        ],
        # The tagging service does not list key pairs everywhere; this one is there or is not.
        [{ to = "aws_key_pair.this", id = deployment, sure = false, own = true, holds = [] }],
      )
    }
  ]
}
