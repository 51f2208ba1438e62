# no compaction is left, three times in a row
for reading in 1 2 3; do
    [ "$reading" = 1 ] || sleep 1
    left=$(curl --silent --show-error --fail --max-time 10 "http://$1:9180/metrics" |
        awk '/^scylla_compaction_manager_(pending_)?compactions[{ ]/ { n++; left += $NF } END { print n ? left : "unknown" }')
    [ "$left" = 0 ] || { echo "waiting for $left compactions" >&2; exit 1; }
done
