# change the schema of cassandra-stress
for statement; do
    cqlsh --request-timeout 60 --execute "$statement" "$(hostname)" 9042 </dev/null
done
