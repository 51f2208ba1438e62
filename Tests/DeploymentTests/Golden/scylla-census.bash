# count the rows of scylla
address=$1
ask() { cqlsh --request-timeout "${limit:-10}" --execute "$1" "$address" 9042 </dev/null; }
limit=3600
tables=$(ask "SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'keyspace1'")
grep -qw standard1 <<<"$tables" || { echo 0; exit 0; }
estimate=$(nodetool tablestats keyspace1.standard1 | sed -n 's/.*Number of partitions (estimate): //p')
[ "${estimate:-0}" -le 10000000 ] || exit 0
ask 'SELECT count(*) FROM keyspace1.standard1' | sed -n 's/^ *\([0-9][0-9]*\) *$/\1/p'
