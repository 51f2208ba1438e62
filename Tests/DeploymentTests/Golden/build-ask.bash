# tell which build runs
digest() { sha256sum "$1" | cut -c 1-64; }
number=$(systemctl show --property MainPID --value "$2")
[ "${number:-0}" = 0 ] || echo "running=$(digest "/proc/$number/exe")"
echo "installed=$(digest "$1")"
[ "$(dpkg-divert --truename "$1")" = "$1" ] || echo diverted=yes
