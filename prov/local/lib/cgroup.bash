# shellcheck shell=bash
# Control groups by hand: they hold all processes of a node together, so that none is lost, and limit it.
#
# Each node has three groups below prov/ID/NAME: "create" for the scripts that make it, "keeper" for what starts its
# machine and starts it again, and "machine". A script that outlives a killed terraform is thus found and ended with all
# its children, where a recorded process id could be missing (killed before it was written) or stale.
#
# The tree of version 2 keeps track, also where it stands beside those of version 1, which then limit: systemd in a
# machine takes the group that it was started in there as its own root, and two machines must not share that.

if [[ $(stat -fc %T /sys/fs/cgroup 2>/dev/null) == cgroup2fs ]]; then
    readonly cgroup_version=2 cgroup_track=/sys/fs/cgroup/prov
elif [[ $(stat -fc %T /sys/fs/cgroup/unified 2>/dev/null) == cgroup2fs ]]; then
    readonly cgroup_version=1 cgroup_track=/sys/fs/cgroup/unified/prov
else
    readonly cgroup_version=1 cgroup_track=/sys/fs/cgroup/systemd/prov
fi

# Moves process $2 into group $1, which is made when missing.
cgroup_join() {
    mkdir -p "$cgroup_track/$1" ||
        die "cannot make the control group $cgroup_track/$1: is the control group file system mounted and writable?"
    printf '%s' "$2" >"$cgroup_track/$1/cgroup.procs"
}

# Puts process $2, before it becomes machine group $1, into that group of the memory tree of version 1: the machine then takes
# it for the root, and sees its own limit and how often the kernel killed for it. Not so for processors: in a kernel with
# RT_GROUP_SCHED a group of that tree has no real-time threads.
cgroup_show_memory() {
    local tree=/sys/fs/cgroup/memory/prov/$1
    ((cgroup_version == 1)) && [[ -d /sys/fs/cgroup/memory ]] || return 0
    mkdir -p "$tree"
    printf '%s' "$2" >"$tree/cgroup.procs" || die "cannot move a process into $tree"
}

# Puts process $2, before it becomes machine group $1, among the processors of that group, if those were chosen before the
# machine was rebooted from inside. With version 2 its group itself has them.
cgroup_stay_pinned() {
    local tree=/sys/fs/cgroup/cpuset/prov/$1
    ((cgroup_version == 1)) && [[ -d $tree ]] || return 0
    printf '%s' "$2" >"$tree/cgroup.procs" || die "cannot move a process into $tree"
}

# Makes this script the one at work on group $1. It stops if its terraform is gone, and ends what older scripts still do
# there. In this order: who comes later finds it, and the rest of a killed run, however late it wakes up, ends nothing that
# is newer than itself.
cgroup_take() {
    cgroup_join "$1/$(process_field $$ 22)-$$" "$BASHPID"
    stop_if_orphaned
    cgroup_end_older "$1"
}

# Ends the scripts in group $1 that started before this one.
cgroup_end_older() {
    local begin other
    begin=$(process_field $$ 22)
    for other in "$cgroup_track/$1"/*-*; do
        other=${other##*/}
        [[ ! -d $cgroup_track/$1/$other ]] || ((${other%-*} >= begin)) || cgroup_end "$1/$other"
    done
}

# Prints the ids of all processes in group $1 and below; nothing when there is no such group.
cgroup_processes() {
    [[ -d $cgroup_track/$1 ]] || return 0
    # Groups below may vanish meanwhile.
    find "$cgroup_track/$1" -name cgroup.procs -exec cat {} + 2>/dev/null || true
}

# Ends all processes in group $1 and below and removes it; fails when some are left after 10 s.
cgroup_end() {
    local processes deadline=$((SECONDS + 10))
    while processes=$(cgroup_processes "$1") && [[ -n $processes ]]; do
        # Some may have ended by themselves since; the next round tells.
        xargs kill -KILL <<<"$processes" 2>/dev/null || true
        if ((SECONDS > deadline)); then
            say "processes of $1 that do not end: ${processes//$'\n'/ }" >&2
            return 1
        fi
        sleep 0.02
    done
    cgroup_remove "$1"
}

# Removes the empty group $1 in every tree.
cgroup_remove() {
    local top
    for top in "$cgroup_track" /sys/fs/cgroup/{systemd,memory,cpu,cpuset}/prov; do
        [[ -d $top/$1 ]] || continue
        # A group that has just become empty may refuse once.
        find "$top/$1" -depth -type d -exec rmdir {} + 2>/dev/null ||
            { sleep 0.1; find "$top/$1" -depth -type d -exec rmdir {} + 2>/dev/null || true; }
        # The last one leaves nothing; others in use make this fail, as they should.
        rmdir "$(dirname "$top/$1")" "$top" 2>/dev/null || true
    done
}

# Sets the limits of machine group $1: $2 processors and $3 MiB, or "max" for none.
cgroup_limit() {
    if ((cgroup_version == 2)); then
        cgroup_limit_v2 "$@"
    else
        cgroup_limit_v1 "$@"
    fi
}

cgroup_limit_v2() {
    local group=$cgroup_track/$1/machine quota=$2 memory=$3 swap=max folder
    [[ $quota == max && $memory == max && ! -e $group/cpu.max && ! -e $group/memory.max ]] && return 0
    for folder in /sys/fs/cgroup "$cgroup_track" "$cgroup_track/${1%/*}" "$cgroup_track/$1"; do
        printf '+cpu +memory' >"$folder/cgroup.subtree_control" ||
            die "this host cannot limit processors and memory: $folder/cgroup.subtree_control refuses \"+cpu +memory\""
    done
    [[ $quota == max ]] || quota=$(cpu_quota "$quota")
    [[ $memory == max ]] || memory=$((memory * 1024 * 1024)) swap=0
    printf '%s 100000' "$quota" >"$group/cpu.max" || die "cannot set cpu.max of $group to $quota of 100000"
    printf '%s' "$memory" >"$group/memory.max" || die "cannot set memory.max of $group to $memory bytes"
    # Swap would make a limit on memory a slow node instead.
    [[ ! -e $group/memory.swap.max ]] || printf '%s' "$swap" >"$group/memory.swap.max"
}

cgroup_limit_v1() {
    local group=$1 quota=-1 memory=-1
    [[ $2 == max ]] || quota=$(cpu_quota "$2")
    [[ $3 == max ]] || memory=$(($3 * 1024 * 1024))
    cgroup_set_v1 cpu "$group" cpu.cfs_period_us 100000 cpu.cfs_quota_us "$quota"
    cgroup_set_v1 memory "$group" memory.limit_in_bytes "$memory"
}

# Lets machine group $1 run on the host's processors $2 alone, such as 0-1,3, or on "all".
cgroup_pin() {
    if ((cgroup_version == 2)); then
        cgroup_pin_v2 "$@"
    else
        cgroup_pin_v1 "$@"
    fi
}

cgroup_pin_v2() {
    local group=$cgroup_track/$1/machine cpus=$2 folder
    [[ $cpus == all && ! -e $group/cpuset.cpus ]] && return 0
    for folder in /sys/fs/cgroup "$cgroup_track" "$cgroup_track/${1%/*}" "$cgroup_track/$1"; do
        printf '+cpuset' >"$folder/cgroup.subtree_control" ||
            die "this host cannot pin machines to processors: $folder/cgroup.subtree_control refuses \"+cpuset\""
    done
    # An empty line takes it back.
    [[ $cpus != all ]] || cpus=
    printf '%s\n' "$cpus" >"$group/cpuset.cpus" || die "cannot set cpuset.cpus of $group to \"$cpus\""
}

cgroup_pin_v1() {
    local tree=/sys/fs/cgroup/cpuset cpus=$2 group
    local own=$tree/prov/$1
    [[ $cpus == all && ! -d $own ]] && return 0
    [[ -d $tree ]] || die "this host cannot pin machines to processors: $tree is missing"
    mkdir -p "$own"
    [[ $cpus != all ]] || cpus=$(<"$tree/cpuset.cpus")
    # A group has neither processors nor memory before somebody says which, and then no more than those above it.
    for group in "$tree/prov" "$tree/prov/${1%/*}" "$own"; do
        cat "$tree/cpuset.mems" >"$group/cpuset.mems"
        [[ $group == "$own" ]] || cat "$tree/cpuset.cpus" >"$group/cpuset.cpus"
    done
    printf '%s' "$cpus" 2>/dev/null >"$own/cpuset.cpus" ||
        die "cannot pin a machine to processors $cpus: this host has $(<"$tree/cpuset.cpus")"
    cgroup_move_v1 "$1" "$own"
}

# Moves the machine of group $1 into group $2 of a controller's own tree.
cgroup_move_v1() {
    local process moved=1
    # A process may start another while we move it: go on until a round finds none outside.
    while ((moved)); do
        moved=0
        for process in $(cgroup_processes "$1/machine"); do
            if ! grep -qx "$process" "$2/cgroup.procs" && printf '%s' "$process" 2>/dev/null >"$2/cgroup.procs"; then
                moved=1
            fi
        done
    done
}

# Writes pairs of file and value ($3…) for group $2 in controller $1's own tree, and moves the machine there first.
cgroup_set_v1() {
    local controller=$1 group=$2 folder=/sys/fs/cgroup/$1/prov/$2
    shift 2
    # No limit and none set before: leave the machine where it is.
    [[ ${*: -1} != -1 || -d $folder ]] || return 0
    [[ -d /sys/fs/cgroup/$controller ]] || die "this host cannot limit $controller: /sys/fs/cgroup/$controller is missing"
    mkdir -p "$folder"
    cgroup_move_v1 "$group" "$folder"
    while (($#)); do
        printf '%s' "$2" 2>/dev/null >"$folder/$1" || die "cannot set $1 of $folder to $2: the machine may use more already"
        shift 2
    done
}

# Prints the microseconds in each 100 ms that $1 processors are.
cpu_quota() {
    awk -v cpus="$1" 'BEGIN { printf "%d", cpus * 100000 + 0.5 }'
}
