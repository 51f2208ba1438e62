# take this server's place in the ring, or a new one
own=$1 settings=$2 file=$3 key=$4 by=$5 seed=${6:-}
sed -i "/^$key/d" "$file"
[ -n "$seed" ] || exit 0
grep -qE "seeds: *.?$seed.?( |$)" "$settings" ||
    sed -i "s/^\( *- seeds: *\)[^#]*/\1\"$seed\"  /; s/^\( *- seeds: .*[^ ]\) *$/\1/" "$settings"
lost=$(cqlsh --request-timeout 10 --execute 'SELECT JSON peer, host_id FROM system.peers' "$seed" 9042 </dev/null |
    sed -n "s/.*\"peer\": \"$own\".*\"host_id\": \"\([^\"]*\)\".*/\1/p")
[ -n "$lost" ] || exit 0
[ "$by" = id ] || lost=$own
echo "$key$lost" >>"$file"
