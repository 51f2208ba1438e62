terraform {
  # 1.10 brought ephemeral variables, which keep the keys out of saved plans.
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

# Keys that are null leave the choice to the AWS environment or profile.
provider "aws" {
  region     = var.region
  access_key = var.access_key
  secret_key = var.secret_key
  token      = var.session_token

  # EC2 answers "no capacity" as a fault of its own, which the provider tries again: 25 times if not
  # told otherwise, for most of an hour. Five more tries are half a minute, and outlast a throttle.
  max_retries = 6
}
