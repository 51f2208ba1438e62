# start the load tool
unit=$1 directory=$2 ours=$3 option=$4 password=$5 title=$6 metrics=$7; shift 7
theirs=$(date +%s.%N)
if ! awk -v a="$ours" -v b="$theirs" 'BEGIN { d = b - a; exit !(d > -0.5 && d < 2) }'; then
    echo "this node's clock reads $theirs when ours read $ours: synchronize the clocks (chrony)" >&2
    exit 1
fi
[ -z "$option" ] || [ ! -e "$password" ] || set -- "$@" "$option" "$password"
mkdir -p "$directory" "${metrics%/*}"
# However it ends, its figures end with it.
systemd-run --quiet --unit "$unit" --description "$title" --service-type exec \
    --property RemainAfterExit=yes \
    --property LimitNOFILE=1048576 \
    --property StandardOutput=append:"$directory/output.log" \
    --property StandardError=append:"$directory/output.log" \
    --property ExecStopPost="/bin/rm --force $metrics" \
    "$@" && exit 0
# systemd knows only that it ended; what it said tells why.
tail --lines 5 "$directory/output.log" >&2
exit 1
