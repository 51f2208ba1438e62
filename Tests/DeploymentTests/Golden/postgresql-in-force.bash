# ask postgresql what is in force
PATH=/usr/lib/postgresql/15/bin:$PATH
cd /
ask() { timeout "${limit:-3600}" runuser -u postgres -- psql -qAtX -F ' ' -v ON_ERROR_STOP=1 -d "${2:-}" -c "$1"; }
limit=8
ask 'SHOW server_version'
echo --
ask "SELECT name || '=' || translate(current_setting(name), E'\\n\\r', '  ') FROM pg_settings ORDER BY name"
echo --
ask 'SELECT slot_name FROM pg_replication_slots WHERE NOT active ORDER BY 1'
