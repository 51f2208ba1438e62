# count the keys of etcd
etcdctl get '' --prefix --limit 1 --write-out fields | sed -n 's/^"Count" : //p'
