# tell the keys of etcd from others
etcdctl endpoint status --write-out fields | sed -n 's/^"Revision" : /revision /p'
etcdctl endpoint hashkv --write-out fields | sed -n 's/^"Hash" : /hash /p'
