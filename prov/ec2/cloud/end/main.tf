# Ends what terraform has lost track of: `apply` takes the resources of var.ids over as they are,
# `destroy` ends them. Nothing is ever created or changed here, so the arguments say nothing. What
# others keep from its end is given up on after minutes, not the provider's 20.

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
  description = "AWS region of the resources."
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

variable "ids" {
  type        = list(string)
  description = "What to end: ids such as i-0123, and names of key pairs."
}

locals {
  kinds = ["i", "igw", "lt", "sg", "subnet", "vpc"]
  ids = {
    for kind in local.kinds : kind => toset([for id in var.ids : id if can(regex("^${kind}-[0-9a-f]{8,17}$", id))])
  }
  key_pairs = setsubtract(var.ids, flatten([for ids in local.ids : tolist(ids)]))
}

import {
  for_each = local.ids["i"]
  to       = aws_instance.end[each.key]
  id       = each.key
}

resource "aws_instance" "end" {
  for_each      = local.ids["i"]
  ami           = "ami-none"
  instance_type = "none"
  depends_on    = [aws_subnet.end, aws_security_group.end, aws_internet_gateway.end]

  lifecycle {
    ignore_changes = all
  }
}

import {
  for_each = local.ids["subnet"]
  to       = aws_subnet.end[each.key]
  id       = each.key
}

resource "aws_subnet" "end" {
  for_each   = local.ids["subnet"]
  vpc_id     = "none"
  depends_on = [aws_vpc.end]

  timeouts {
    delete = "3m"
  }

  lifecycle {
    ignore_changes = all
  }
}

import {
  for_each = local.ids["sg"]
  to       = aws_security_group.end[each.key]
  id       = each.key
}

resource "aws_security_group" "end" {
  for_each   = local.ids["sg"]
  depends_on = [aws_vpc.end]

  timeouts {
    delete = "3m"
  }

  lifecycle {
    ignore_changes = all
  }
}

import {
  for_each = local.ids["igw"]
  to       = aws_internet_gateway.end[each.key]
  id       = each.key
}

resource "aws_internet_gateway" "end" {
  for_each   = local.ids["igw"]
  depends_on = [aws_vpc.end]

  timeouts {
    delete = "3m"
  }

  lifecycle {
    ignore_changes = all
  }
}

import {
  for_each = local.ids["vpc"]
  to       = aws_vpc.end[each.key]
  id       = each.key
}

resource "aws_vpc" "end" {
  for_each   = local.ids["vpc"]
  cidr_block = "10.0.0.0/16"

  lifecycle {
    ignore_changes = all
  }
}

import {
  for_each = local.ids["lt"]
  to       = aws_launch_template.end[each.key]
  id       = each.key
}

resource "aws_launch_template" "end" {
  for_each = local.ids["lt"]

  lifecycle {
    ignore_changes = all
  }
}

import {
  for_each = local.key_pairs
  to       = aws_key_pair.end[each.key]
  id       = each.key
}

resource "aws_key_pair" "end" {
  for_each   = local.key_pairs
  public_key = "none"

  lifecycle {
    ignore_changes = all
  }
}
