# ask etcd what is in force
timeout 8 etcdctl endpoint status --write-out fields | grep '^"Version"'
process=$(systemctl show --property MainPID --value etcd.service)
tr '\0' '\n' <"/proc/$process/environ" | grep ^ETCD_
timeout 8 etcdctl alarm list
