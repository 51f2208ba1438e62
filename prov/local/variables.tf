variable "deployment_name" {
  type        = string
  description = "What the user calls the deployment; shown in messages only."

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]*$", var.deployment_name))
    error_message = "deployment_name starts with a letter or digit and goes on with letters, digits, \".\", \"_\" and \"-\"."
  }
}

variable "deployment_id" {
  type        = string
  description = "Eight lower-case hex digits, drawn for each deployment; every machine-wide name derives from it."

  validation {
    condition     = can(regex("^[0-9a-f]{8}$", var.deployment_id))
    error_message = "deployment_id is eight lower-case hex digits."
  }
}

variable "expires_at" {
  type        = string
  default     = null
  description = "When the machines power themselves off, such as 2026-11-21T09:00:00Z; null: never. Made by prov from ttl."

  validation {
    condition = var.expires_at == null || can(regex(
      "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$", var.expires_at
    ))
    error_message = "expires_at is a time in UTC such as 2026-11-21T09:00:00Z."
  }
}

variable "owner" {
  type        = string
  default     = null
  description = "Who answers for the machines, which the host's list of deployments shows; prov passes USER@HOST if none is set."
}

variable "public_key_path" {
  type        = string
  description = "The OpenSSH public key file whose owner may log in to the nodes."

  validation {
    condition     = can(regex("^(ssh-|ecdsa-|sk-)", file(pathexpand(var.public_key_path))))
    error_message = "public_key_path names a file that is no OpenSSH public key, or that cannot be read."
  }
}

variable "server_count" {
  type        = number
  default     = 3
  description = "How many database servers, 0 to 100."

  validation {
    condition     = var.server_count >= 0 && var.server_count <= 100 && floor(var.server_count) == var.server_count
    error_message = "server_count is a whole number from 0 to 100."
  }
}

variable "client_count" {
  type        = number
  default     = 2
  description = "How many load clients, 0 to 100."

  validation {
    condition     = var.client_count >= 0 && var.client_count <= 100 && floor(var.client_count) == var.client_count
    error_message = "client_count is a whole number from 0 to 100."
  }
}

variable "monitor_count" {
  type        = number
  default     = 1
  description = "How many monitors, 0 to 10."

  validation {
    condition     = var.monitor_count >= 0 && var.monitor_count <= 10 && floor(var.monitor_count) == var.monitor_count
    error_message = "monitor_count is a whole number from 0 to 10."
  }
}

variable "image_suite" {
  type        = string
  default     = null
  description = "The Debian or Ubuntu release of the machines; null means this host's own, so that programs built here run there."

  validation {
    condition     = var.image_suite == null || can(regex("^[a-z][a-z0-9-]*$", var.image_suite))
    error_message = "image_suite is the code name of a release, such as \"bookworm\"."
  }
}

variable "system" {
  type        = string
  default     = "redis"
  description = "What the scripts set up on the servers, whose packages the machines have; another one makes all nodes anew."

  validation {
    condition     = contains(["redis", "etcd", "postgresql", "scylla", "cassandra", "service"], var.system)
    error_message = "system is \"redis\", \"etcd\", \"postgresql\", \"scylla\", \"cassandra\" or \"service\"."
  }
}

variable "service_packages" {
  type        = list(string)
  default     = []
  description = "Packages of a system \"service\", which the machines have from the start; a change makes all nodes anew."

  validation {
    condition     = alltrue([for name in var.service_packages : can(regex("^[a-z0-9][a-z0-9+.-]+$", name))])
    error_message = "service_packages are names of Debian packages, such as \"nginx-light\"."
  }
}

variable "image_packages" {
  type        = list(string)
  default     = []
  description = "Packages that the machines have besides the usual ones; a change makes all nodes anew."

  validation {
    condition     = alltrue([for name in var.image_packages : can(regex("^[a-z0-9][a-z0-9+.-]+$", name))])
    error_message = "image_packages are names of Debian packages, such as \"fio\"."
  }
}

variable "server_cpus" {
  type        = number
  default     = null
  description = "Processors that each server may use (0.5 is half of one); null means no limit. Applies in place."

  validation {
    condition     = var.server_cpus == null || coalesce(var.server_cpus, 1) >= 0.01
    error_message = "server_cpus is a number of at least 0.01."
  }
}

variable "client_cpus" {
  type        = number
  default     = null
  description = "Processors that each client may use; null means no limit. Applies in place."

  validation {
    condition     = var.client_cpus == null || coalesce(var.client_cpus, 1) >= 0.01
    error_message = "client_cpus is a number of at least 0.01."
  }
}

variable "monitor_cpus" {
  type        = number
  default     = null
  description = "Processors that each monitor may use; null means no limit. Applies in place."

  validation {
    condition     = var.monitor_cpus == null || coalesce(var.monitor_cpus, 1) >= 0.01
    error_message = "monitor_cpus is a number of at least 0.01."
  }
}

variable "server_memory_mb" {
  type        = number
  default     = null
  description = "Memory of each server in MiB, at least 64; null means no limit. Applies in place."

  validation {
    condition     = var.server_memory_mb == null || coalesce(var.server_memory_mb, 64) >= 64
    error_message = "server_memory_mb is a number of at least 64."
  }
}

variable "client_memory_mb" {
  type        = number
  default     = null
  description = "Memory of each client in MiB, at least 64; null means no limit. Applies in place."

  validation {
    condition     = var.client_memory_mb == null || coalesce(var.client_memory_mb, 64) >= 64
    error_message = "client_memory_mb is a number of at least 64."
  }
}

variable "monitor_memory_mb" {
  type        = number
  default     = null
  description = "Memory of each monitor in MiB, at least 64; null means no limit. Applies in place."

  validation {
    condition     = var.monitor_memory_mb == null || coalesce(var.monitor_memory_mb, 64) >= 64
    error_message = "monitor_memory_mb is a number of at least 64."
  }
}

variable "server_cpuset" {
  type        = string
  default     = null
  description = "Processors of this host on which each server runs, such as \"0-1,3\"; null means all. Applies in place."

  validation {
    condition     = var.server_cpuset == null || can(regex("^\\d+(-\\d+)?(,\\d+(-\\d+)?)*$", var.server_cpuset))
    error_message = "server_cpuset is a list of processors such as \"0-1,3\"."
  }
}

variable "client_cpuset" {
  type        = string
  default     = null
  description = "Processors of this host on which each client runs, such as \"0-1,3\"; null means all. Applies in place."

  validation {
    condition     = var.client_cpuset == null || can(regex("^\\d+(-\\d+)?(,\\d+(-\\d+)?)*$", var.client_cpuset))
    error_message = "client_cpuset is a list of processors such as \"0-1,3\"."
  }
}

variable "monitor_cpuset" {
  type        = string
  default     = null
  description = "Processors of this host on which each monitor runs, such as \"0-1,3\"; null means all. Applies in place."

  validation {
    condition     = var.monitor_cpuset == null || can(regex("^\\d+(-\\d+)?(,\\d+(-\\d+)?)*$", var.monitor_cpuset))
    error_message = "monitor_cpuset is a list of processors such as \"0-1,3\"."
  }
}
