# all servers are up and normal
nodetool status | awk '/^[UD?][NLJM] / { print $1, $2 }' | sort |
    diff - <(printf 'UN %s\n' "$@" | sort) >&2
