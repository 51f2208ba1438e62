# etcd cluster serves
etcdctl member list | awk -F ', ' '{ print $2, $4 }' | sort |
    diff - <(printf 'started %s\n' "$@" | sort) >&2
etcdctl endpoint health >&2
