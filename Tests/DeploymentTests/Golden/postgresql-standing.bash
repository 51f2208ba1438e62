# ask postgresql for its password and its replicas
PATH=/usr/lib/postgresql/15/bin:$PATH
cd /
ask() { timeout "${limit:-3600}" runuser -u postgres -- psql -qAtX -F ' ' -v ON_ERROR_STOP=1 -d "${2:-}" -c "$1"; }
ask 'SELECT 1' "host=127.0.0.1 port=$1 user=postgres passfile=$2 sslmode=disable dbname=postgres" >/dev/null 2>&1 &&
    echo known || echo unknown
ask 'SELECT slot_name FROM pg_replication_slots ORDER BY 1'
