# shellcheck shell=bash
# Sourced by each script of this template: places, messages, root, and orphans.
set -euo pipefail

# The machines' own folders must not follow from what the user keeps private.
umask 022

# Where all deployments of this host lie; one folder each, named by its id.
# shellcheck disable=SC2034 # the sourcing scripts use it
readonly local_home=/var/lib/prov/local

say() { printf '%s\n' "$*"; }

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Stops unless $1 is a deployment's id: it becomes part of paths that are removed.
require_id() {
    [[ $1 =~ ^[0-9a-f]{8}$ ]] || die "\"$1\" is no deployment id: it is eight lower-case hex digits"
}

# Stops unless $1 is a node's name.
require_name() {
    [[ $1 =~ ^(server|client|monitor)-[0-9]{1,2}$ ]] || die "\"$1\" is no node's name, such as server-0"
}

# Prints the value of key $2 in the record $1, which terraform reads as JSON; nothing when there is none.
record_value() {
    [[ ! -e records/$1 ]] || sed -n "s/^ *\"$2\": \"\?\([^\",]*\).*/\1/p" "records/$1"
}

# Writes the lines on stdin, each a key and a value, as the record $1.
write_record() {
    local key value comma=
    {
        printf '{'
        while read -r key value; do
            printf '%s\n  "%s": "%s"' "$comma" "$key" "$value"
            comma=,
        done
        printf '\n}\n'
    } >"records/.$1"
    mv "records/.$1" "records/$1"
}

# Prints what key $2 says on the card of deployment $1; nothing when there is none.
card_value() {
    [[ ! -e $local_home/$1/card ]] || sed -n "s/^$2 //p" "$local_home/$1/card"
}

boot_id() { cat /proc/sys/kernel/random/boot_id; }

# Starts the calling script again as root, unless it is that already. What only the user's own process knows, the cache
# folder and who waits for us, goes along. Nothing else of the environment does: it holds the user's secrets.
become_root() {
    [[ $(uname -s) == Linux ]] || die "prov/local needs Linux: use prov/ec2 or prov/ec2-ondemand"
    # By the user: prov must be able to remove the folder.
    [[ ! -w . ]] || mkdir -p records
    PROV_PARENT=${PROV_PARENT:-$PPID}
    PROV_IMAGES=${PROV_IMAGES:-$(images_folder)}
    [[ $EUID -ne 0 ]] || return 0
    sudo -n true 2>/dev/null ||
        die "prov/local needs root to make machines: run as root, or let sudo work without a password (\"sudo -v\" asks for it once)"
    exec sudo -n env "PROV_PARENT=$PROV_PARENT" "PROV_IMAGES=$PROV_IMAGES" bash "$0" "$@"
}

# The user's image cache. Under sudo it is still the user's, so that both ways share one image.
images_folder() {
    local home=${HOME:-/root}
    if [[ $EUID -eq 0 && -n ${SUDO_USER:-} ]]; then
        home=$(getent passwd "$SUDO_USER" | cut -d: -f6)
    fi
    printf '%s/prov/images' "${XDG_CACHE_HOME:-$home/.cache}"
}

# Stops when what started this script (terraform, or prov) is gone: a newer run may be at work on the same things. Whoever
# was orphaned before its first line has the process that takes orphans in as its parent.
stop_if_orphaned() {
    local parent
    read -r parent 2>/dev/null <"/proc/$PROV_PARENT/comm" || parent=
    [[ -n $parent && $parent != systemd && $PROV_PARENT != 1 ]] ||
        die "what started this script is gone (process $PROV_PARENT): it does nothing more"
}

# Lets one script at a time on this host choose addresses or remove the common folder, until this script ends. The lock
# is on a folder that is always there, so that it leaves no file.
lock_host() {
    exec 9</var/lib
    flock --timeout 30 9 || die "another run holds the lock on /var/lib for 30 s (\"lslocks\" shows it)"
}

# Prints field $2 of process $1's stat line, counted as in proc(5); fails when there is no such process.
process_field() {
    local line
    read -r line 2>/dev/null <"/proc/$1/stat" || return 1
    # The name may hold blanks and parentheses; field 3 comes after the last ")".
    read -ra line <<<"${line##*) }"
    printf '%s' "${line[$2 - 3]}"
}
