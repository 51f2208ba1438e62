# end what runs here
units=(prov-stress-0a1b2c3d.service) sessions=(812)
if [ ${#units[@]} -gt 0 ]; then
    systemctl stop "${units[@]}" 2>/dev/null || true
    systemctl reset-failed "${units[@]}" 2>/dev/null || true
fi
alive() { ps -o pid= --sid "$1" >/dev/null; }
for session in "${sessions[@]}"; do
    pkill -TERM --session "$session" || continue
    for _ in {1..50}; do alive "$session" || continue 2; sleep 0.1; done
    pkill -KILL --session "$session" || true
done
