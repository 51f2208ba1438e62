# postgresql does nothing in the background
PATH=/usr/lib/postgresql/15/bin:$PATH
cd /
ask() { timeout "${limit:-3600}" runuser -u postgres -- psql -qAtX -F ' ' -v ON_ERROR_STOP=1 -d "${2:-}" -c "$1"; }
if [ "$(ask 'SELECT pg_is_in_recovery()')" = t ]; then
    end=$(ask 'SELECT pg_current_wal_flush_lsn()' "$(ask 'SHOW primary_conninfo') dbname=postgres")
    until [ "$(ask "SELECT pg_last_wal_replay_lsn() >= '$end'")" = t ]; do sleep 0.05; done
fi
busy=$(ask "SELECT string_agg(backend_type, ', ') FROM pg_stat_activity
    WHERE backend_type = 'autovacuum worker'
    OR backend_type = 'checkpointer' AND wait_event IS DISTINCT FROM 'CheckpointerMain'")
[ -z "$busy" ] || { echo "waiting for $busy" >&2; exit 1; }
