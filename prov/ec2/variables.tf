variable "deployment_name" {
  type        = string
  description = "Name of the deployment; prov passes it."

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]*$", var.deployment_name))
    error_message = "deployment_name must be letters, digits, '.', '_' and '-', with a letter or digit first."
  }
}

variable "deployment_id" {
  type        = string
  description = "8 hex digits that tell two deployments of one name apart; prov makes it once."

  validation {
    condition     = can(regex("^[0-9a-f]{8}$", var.deployment_id))
    error_message = "deployment_id must be 8 hex digits."
  }
}

variable "expires_at" {
  type        = string
  default     = null
  description = "When the machines end themselves, such as 2026-11-21T09:00:00Z; null: never. Made by prov from ttl."

  validation {
    condition = var.expires_at == null || can(regex(
      "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$", var.expires_at
    ))
    error_message = "expires_at must be a time in UTC such as 2026-11-21T09:00:00Z."
  }
}

variable "check_images" {
  type        = bool
  default     = false
  description = "Whether images that configs name are looked up; prov sets it where machines are planned."
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

variable "region" {
  type        = string
  description = "AWS region, such as us-east-1."
}

variable "availability_zone" {
  type        = string
  default     = null
  description = "Zone of all machines, such as us-east-1a; null: AWS chooses once."
}

variable "owner" {
  type        = string
  description = "Whose machines these are: the tag Owner."

  validation {
    condition     = length(var.owner) > 0 && length(var.owner) <= 256
    error_message = "owner must have 1 to 256 characters."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Further tags of every resource."

  # The machines read their tags from the metadata service, which refuses other key characters.
  validation {
    condition = alltrue([
      for key in keys(var.tags) : can(regex("^[A-Za-z0-9+=.,_:@-]{1,128}$", key))
      && !startswith(lower(key), "aws:") && !contains([".", "..", "_index"], key)
    ])
    error_message = "a key of tags must be 1 to 128 letters, digits and + - = . , _ : @, and must not begin with aws:."
  }

  validation {
    condition = length(setintersection(
      keys(var.tags), ["Name", "Deployment", "Owner", "CreatedBy", "Expires"]
    )) == 0
    error_message = "tags must not set Name, Deployment, Owner, CreatedBy or Expires, which prov sets."
  }
}

variable "public_key_path" {
  type        = string
  description = "OpenSSH public key that opens the machines (ed25519 or RSA)."
}

variable "private_key_path" {
  type        = string
  default     = null
  description = "Its private half; only prov reads it, for ssh_config."
}

variable "ssh_cidr" {
  type        = string
  description = "Who may reach SSH: IPv4 ranges in CIDR form, separated by commas, such as 203.0.113.7/32."

  validation {
    condition = alltrue([
      for range in split(",", var.ssh_cidr) :
      can(cidrnetmask(trimspace(range))) && try(cidrsubnet(trimspace(range), 0, 0) == trimspace(range), false)
    ])
    error_message = "ssh_cidr must be IPv4 ranges in CIDR form with no host bits set, such as 203.0.113.7/32."
  }

  validation {
    condition = var.open_ssh || alltrue([
      for range in split(",", var.ssh_cidr) : try(tonumber(split("/", trimspace(range))[1]) >= 8, true)
    ])
    error_message = "ssh_cidr must not be wider than /8 unless open_ssh is true."
  }
}

variable "open_ssh" {
  type        = bool
  default     = false
  description = "Permits an ssh_cidr as wide as 0.0.0.0/0; prov sets it for --open-ssh."
}

variable "volume_size" {
  type        = number
  default     = 30
  description = "Size of each machine's encrypted root volume, in GiB."

  validation {
    condition     = var.volume_size >= 8 && var.volume_size <= 16384 && floor(var.volume_size) == var.volume_size
    error_message = "volume_size must be a whole number of GiB from 8 to 16384."
  }
}

variable "volume_type" {
  type        = string
  default     = "gp3"
  description = "Type of the root volumes: gp3, gp2, io1 or io2."
}

variable "server_count" {
  type        = number
  description = "How many database servers."

  validation {
    condition     = var.server_count >= 1 && floor(var.server_count) == var.server_count
    error_message = "server_count must be a whole number of at least 1."
  }
}

variable "server_instance_type" {
  type        = string
  description = "Instance type of the servers, such as i4i.2xlarge."
}

variable "server_ami" {
  type        = string
  default     = null
  description = "Image of the servers; null: the newest Ubuntu 24.04."
}

variable "server_user" {
  type        = string
  default     = "ubuntu"
  description = "Login of the servers' image."
}

variable "client_count" {
  type        = number
  description = "How many load generators."

  validation {
    condition     = var.client_count >= 0 && floor(var.client_count) == var.client_count
    error_message = "client_count must be a whole number of at least 0."
  }
}

variable "client_instance_type" {
  type        = string
  description = "Instance type of the clients, such as c6i.2xlarge."
}

variable "client_ami" {
  type        = string
  default     = null
  description = "Image of the clients; null: the newest Ubuntu 24.04."
}

variable "client_user" {
  type        = string
  default     = "ubuntu"
  description = "Login of the clients' image."
}

variable "monitor_count" {
  type        = number
  default     = 1
  description = "How many monitors: 0 or 1."

  validation {
    condition     = contains([0, 1], var.monitor_count)
    error_message = "monitor_count must be 0 or 1."
  }
}

variable "monitor_instance_type" {
  type        = string
  default     = "t3.large"
  description = "Instance type of the monitor."
}

variable "monitor_ami" {
  type        = string
  default     = null
  description = "Image of the monitor; null: the newest Ubuntu 24.04."
}

variable "monitor_user" {
  type        = string
  default     = "ubuntu"
  description = "Login of the monitor's image."
}
