# ask which service is in force
unit=$1
shift
[ $# -eq 0 ] || dpkg-query --show --showformat '${Package} ${Version}\n' "$@"
echo "$unit $(systemctl cat "$unit" | sha256sum | cut -c 1-12)"
