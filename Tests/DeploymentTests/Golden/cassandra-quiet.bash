# no compaction is left, three times in a row
for reading in 1 2 3; do
    [ "$reading" = 1 ] || sleep 1
    left=$(nodetool compactionstats | sed -n 's/^pending tasks: //p')
    [ "$left" = 0 ] || { echo "waiting for $left compactions" >&2; exit 1; }
done
