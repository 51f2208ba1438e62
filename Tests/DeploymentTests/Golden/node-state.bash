# note the state of this node
root=$1 unit=$2
shift 2
say() { [ -z "$2" ] || echo "$1=$2"; }
total() { awk -v name="$1" '$1 == name { sum += $2 } END { print sum + 0 }'; }
group() { sed -n "s/^[0-9]*:\\([^:]*,\\)*$1\\(,[^:]*\\)*:\\/*//p" "$root/proc/1/cgroup"; }
say uptime "$(cut -d ' ' -f 1 "$root/proc/uptime")"
say ticks "$(awk '$1 == "cpu" { for (i = 2; i <= 9; i++) sum += $i; printf "%.0f\n", sum }' "$root/proc/stat")"
say stolen_ticks "$(awk '$1 == "cpu" { print $9 }' "$root/proc/stat")"
two=$root/sys/fs/cgroup
pressure=$two/memory.pressure
if [ ! -e "$pressure" ]; then
    pressure=$root/proc/pressure/memory
    ! systemd-detect-virt --quiet --container || say others_memory_stall yes
fi
say memory_stall "$(sed -n 's/^some .*total=//p' "$pressure" 2>/dev/null)"
memory=$(group memory) processor=$(group cpu)
# Of a container that is "/" where its own group is all that it sees.
if grep -qE '^[0-9]+:([^:]*,)?memory(,[^:]*)?:/$' "$root/proc/1/cgroup" && systemd-detect-virt --quiet --container; then
    memory=.
fi
memory=${memory%init.scope} processor=${processor%init.scope}
if [ -e "$two/memory.events" ]; then
    say memory_kills "$(total oom_kill <"$two/memory.events")"
    say memory_limit "$(cat "$two/memory.max")"
elif [ -n "$memory" ] && [ -d "$two/memory/$memory" ]; then
    say memory_kills "$(find "$two/memory/$memory" -name memory.oom_control -exec cat {} + | total oom_kill)"
    say memory_limit "$(cat "$two/memory/$memory/memory.limit_in_bytes")"
else
    say memory_kills "$(total oom_kill <"$root/proc/vmstat")"
    ! systemd-detect-virt --quiet --container || say others_memory_kills yes
fi
if [ -e "$two/cpu.max" ]; then
    say processor_limit "$(awk '$1 != "max" { print $1 / $2 }' "$two/cpu.max")"
elif [ -n "$processor" ] && [ -d "$two/cpu/$processor" ]; then
    say processor_limit "$(paste "$two/cpu/$processor"/cpu.cfs_{quota,period}_us | awk '$1 > 0 { print $1 / $2 }')"
fi
df --output=pcent,target -- "$@" | awk 'NR > 1 && !seen[$2]++ { sub("%", "", $1); print "filesystem=" $1, $2 }' || true
[ -n "$unit" ] || exit 0
main_process() {
    local process group
    process=$(systemctl show --property MainPID --value "$1")
    group=$(systemctl show --property ControlGroup --value "$1")
    if [ "${process:-0}" = 0 ] && [ -n "$group" ]; then
        process=$(grep -ls "$group$" /proc/[0-9]*/cgroup | cut -d / -f 3 | sort -n | head -n 1 || true)
    fi
    echo "${process:-0}"
}
systemctl show --property InvocationID,NRestarts,ActiveState "$unit"
number=$(main_process "$unit")
echo "MainPID=$number"
[ "$number" != 0 ] || exit 0
digest=$(sha256sum "/proc/$number/exe" | cut -c 1-64) || exit 0
say executable "$digest"
say build "$(cat "/var/lib/prov/builds/$digest.name" 2>/dev/null)"
