# etcd has applied all that its members agreed on
etcdctl endpoint status --write-out fields |
    awk -F ' : ' '/^"RaftIndex"/ { a = $2 } /^"RaftAppliedIndex"/ { b = $2 } END { exit !(a && a == b) }'
