# fill PostgreSQL by pgbench
export PGPASSWORD PGSSLMODE=disable
PGPASSWORD=$(cat "$1")
exec "$0" --initialize --quiet "${@:2}"
