# The template contract: prov makes the inventory and ssh_config of it.
output "nodes" {
  description = "One object per machine."
  value = [
    for name, node in local.nodes : {
      name  = name
      group = node.group
      # A machine without a public address is reached by its private one.
      public_ip  = coalesce(aws_instance.node[name].public_ip, aws_instance.node[name].private_ip)
      private_ip = aws_instance.node[name].private_ip
      user       = node.user
      port       = 22
      vars = {
        instance_id       = aws_instance.node[name].id
        instance_type     = aws_instance.node[name].instance_type
        availability_zone = aws_instance.node[name].availability_zone
        market            = node.spot ? "spot" : "on-demand"
      }
    }
  ]
}
