# ask redis what is in force
timeout 8 redis-cli -e -p "$1" info everything | tr -d '\r' | grep -E '^(redis_|role|rdb_last_bgsave_status|aof_last_|cmdstat_)'
echo --
timeout 8 redis-cli -e -p "$1" config get '*'
