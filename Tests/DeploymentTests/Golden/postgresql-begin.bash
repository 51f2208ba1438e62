# begin a primary of postgresql, or copy it
PATH=/usr/lib/postgresql/15/bin:$PATH
cd /
ask() { timeout "${limit:-3600}" runuser -u postgres -- psql -qAtX -F ' ' -v ON_ERROR_STOP=1 -d "${2:-}" -c "$1"; }
data=$1 settings=$2 password=$3 up=$4
as() { runuser -u postgres -- "$@"; }
value() { sed -n "s/^$1 = '\\(.*\\)'\$/\\1/p" "$settings"; }
rm -rf "$data.new"
primary=$(value primary_conninfo)
if [ -n "$primary" ]; then
    slot=$(value primary_slot_name)
    ask "SELECT pg_create_physical_replication_slot('$slot')
        WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '$slot')" "$primary dbname=postgres"
    as pg_basebackup --dbname "$primary" --pgdata "$data.new" --slot "$slot" --wal-method stream --checkpoint fast
    as touch "$data.new/standby.signal"
else
    if [ -n "$up" ]; then
        echo "the primary lost its data, and $up still have theirs: restore a dataset, or have them lose theirs too (rm $data/prov)" >&2
        exit 1
    fi
    as bash -c 'initdb --pgdata "$1.new" --username postgres --pwfile <(sed "s/^.*://" "$2") --auth-local peer \
        --auth-host scram-sha-256 --locale C.UTF-8 --encoding UTF8 >/dev/null' bash "$data" "$password"
    # Those that count lie with the packages' own.
    rm "$data.new"/{postgresql,pg_hba,pg_ident}.conf
    as touch "$data.new/prov"
fi
rm -rf "$data"
mv -T "$data.new" "$data"
