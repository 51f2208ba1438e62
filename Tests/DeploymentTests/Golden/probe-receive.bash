# take a probe's data
systemctl stop "$1.service" 2>/dev/null || true
systemctl reset-failed "$1.service" 2>/dev/null || true
systemd-run --quiet --unit "$1" --property RuntimeMaxSec="$2" \
    systemd-socket-activate --listen "$3:$4" --accept --inetd dd of=/dev/null bs=64K status=none
for ((try = 0; try < 100; try++)); do
    if [ "$(systemctl is-active "$1")" != active ]; then
        journalctl --quiet --unit "$1" --lines 3 --output cat >&2
        exit 1
    fi
    ! (: >"/dev/tcp/$3/$4") 2>/dev/null || exit 0
    sleep 0.1
done
echo "nothing listens at $3:$4 after 10 s" >&2
exit 1
