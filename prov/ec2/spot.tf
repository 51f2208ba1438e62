# The one file in which prov/ec2 and prov/ec2-ondemand differ.

variable "server_spot" {
  type        = bool
  default     = true
  description = "Whether the servers are spot instances, which AWS may end at any time."
}

variable "client_spot" {
  type        = bool
  default     = true
  description = "Whether the clients are spot instances, which AWS may end at any time."
}

variable "monitor_spot" {
  type        = bool
  default     = true
  description = "Whether the monitor is a spot instance, which AWS may end at any time."
}
