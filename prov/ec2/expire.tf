# The end of life is enforced on the machines themselves; README.md says how it is put off.

locals {
  expire_files = {
    "/usr/local/sbin/prov-expire"             = "0755"
    "/etc/systemd/system/prov-expire.service" = "0644"
    "/etc/systemd/system/prov-expire.timer"   = "0644"
  }

  user_data = "#cloud-config\n${yamlencode({
    write_files = concat(
      [
        for target, mode in local.expire_files : {
          path        = target
          permissions = mode
          content     = file("${path.module}/expire/${basename(target)}")
        }
      ],
      [{
        path        = "/etc/prov/expires"
        permissions = "0644"
        content     = "${coalesce(var.expires_at, "never")}\n"
      }]
    )
    runcmd = [["systemctl", "enable", "--now", "prov-expire.timer"]]
  })}"
}
