# A network of its own, so that nothing else in the account is reachable from these machines, and
# only SSH, only from ssh_cidr, comes in.

locals {
  # What `prov list --cloud` reads back: the name, "-", and always 8 hex digits.
  deployment = "${var.deployment_name}-${var.deployment_id}"

  tags = merge(var.tags, {
    Deployment = local.deployment
    Owner      = var.owner
    CreatedBy  = "prov"
    Expires    = coalesce(var.expires_at, "never")
  })

  network_tags = merge(local.tags, { Name = var.deployment_name })
  # AWS makes these with the network; the name tells them from ours.
  default_tags = merge(local.tags, { Name = "${var.deployment_name}-default" })
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
  tags       = local.network_tags
}


resource "aws_subnet" "this" {
  vpc_id                  = aws_vpc.this.id
  availability_zone       = var.availability_zone
  cidr_block              = cidrsubnet(aws_vpc.this.cidr_block, 4, 0)
  map_public_ip_on_launch = true
  tags                    = local.network_tags
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = local.network_tags
}

# The network's main table: taking it over leaves no association that could be lost half made.
resource "aws_default_route_table" "this" {
  default_route_table_id = aws_vpc.this.default_route_table_id
  tags                   = local.default_tags

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }
}

# No rule at all: whatever lands in the default group can talk to no one.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
  tags   = local.default_tags
}

# Rules stand in the group itself, so that one added by hand is seen and taken out again.
resource "aws_security_group" "this" {
  name        = local.deployment
  description = "prov ${local.deployment}: all between its nodes, SSH from ssh_cidr"
  vpc_id      = aws_vpc.this.id
  tags        = local.network_tags

  ingress {
    description = "everything between the nodes"
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    self        = true
  }

  ingress {
    description = "SSH"
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = [for range in split(",", var.ssh_cidr) : trimspace(range)]
  }

  egress {
    description = "everything to anywhere"
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_key_pair" "this" {
  key_name   = local.deployment
  public_key = trimspace(file(pathexpand(var.public_key_path)))
  tags       = local.network_tags
}
