# Whose account the credentials lead to. prov keeps the answer with a deployment and compares it
# before it changes anything: another account would say that all machines have gone.

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

  # Credentials that are refused are refused at once.
  max_retries = 3
}

variable "region" {
  type        = string
  description = "AWS region, whose partition counts."
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

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

output "identity" {
  description = "What must be the same each time."
  value = {
    account   = data.aws_caller_identity.this.account_id
    partition = data.aws_partition.this.partition
  }
}
