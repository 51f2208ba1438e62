# postgresql serves
PATH=/usr/lib/postgresql/15/bin:$PATH
cd /
ask() { timeout "${limit:-3600}" runuser -u postgres -- psql -qAtX -F ' ' -v ON_ERROR_STOP=1 -d "${2:-}" -c "$1"; }
if [ "$1" = primary ]; then
    found=$(ask "SELECT count(*) FILTER (WHERE state = 'streaming') || ' ' || pg_is_in_recovery() FROM pg_stat_replication")
    wanted="$2 false"
else
    found=$(ask 'SELECT status FROM pg_stat_wal_receiver')
    wanted=streaming
fi
[ "$found" = "$wanted" ] || { echo "waiting for \"$wanted\", found \"$found\"" >&2; exit 1; }
