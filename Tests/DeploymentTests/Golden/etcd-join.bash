# join etcd, or begin its cluster
name=$1 url=$2 others=$3 file=/etc/default/etcd cluster=$1=$2 state=new
member() { etcdctl --endpoints "$others" --command-timeout 5s member "$@"; }
if [ -n "$others" ]; then
    state=existing
    old=$(member list | awk -F ', ' -v url="$url" '$2 == "started" && $4 == url { print $1 }')
    [ -z "$old" ] || member remove "$old"
    tries=0
    until member list | grep -qF ", $url," || said=$(member add "$name" --peer-urls "$url" 2>&1); do
        tries=$((tries + 1))
        [ "$tries" -lt 60 ] || { echo "$said" >&2; exit 1; }
        sleep 0.5
    done
    cluster=$(member list | awk -F ', ' '{ print $3 "=" $4 }' | sed "s|^=|$name=|" | paste -sd ,)
fi
sed -i '/^ETCD_INITIAL_CLUSTER/d' "$file"
printf 'ETCD_INITIAL_CLUSTER%s\n' "=$cluster" "_STATE=$state" >>"$file"
