# keep a build
install -D --mode 0755 "$1" "$2.new"
mv -T "$2.new" "$2"
# Beside it, since the same executable may come in another file tomorrow.
printf '%s\n' "$3" >"${2%/*}.name"
cd "${2%/*}/.."
ls -t --directory -- */ | tail -n +9 | while IFS=/ read -r old _; do rm -rf -- "$old" "$old.name"; done
