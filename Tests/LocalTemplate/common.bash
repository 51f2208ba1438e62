# shellcheck shell=bash
# Sourced by each test of this folder: a deployment driven by terraform alone, and what must hold of it.
set -euo pipefail

template=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../../prov/local")
export TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1

say() { printf '%s\n' "$*"; }

# Skips the calling test where there can be no machines; in CI that is a failure.
require_machines() {
    local reason=
    [[ $(uname -s) == Linux ]] || reason="no Linux"
    [[ $EUID -eq 0 ]] || sudo -n true 2>/dev/null || reason="neither root nor sudo without a password"
    [[ -z $reason ]] || { say "skipped: $reason"; [[ ${CI:-} != true ]]; exit; }
}

# Makes a state folder for deployment $1 and goes there; all of it is removed when the test ends, however it ends.
new_deployment() {
    folder=$(mktemp -d)
    id=$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
    cp -r "$template" "$folder/tf"
    ssh-keygen -q -t ed25519 -N '' -f "$folder/key"
    : >"$folder/terraformrc"
    export TF_CLI_CONFIG_FILE=$folder/terraformrc
    export TF_VAR_deployment_name=$1 TF_VAR_deployment_id=$id TF_VAR_public_key_path=$folder/key.pub
    trap 'bash "$folder/tf/sweep" "$id"; rm -rf "$folder"' EXIT
    cd "$folder/tf"
    terraform init -no-color >"$folder/log"
}

# Runs terraform $1 with more arguments; shows its log when it fails.
run() {
    terraform "$1" -auto-approve -no-color "${@:2}" >"$folder/log" 2>&1 || { cat "$folder/log"; fail "terraform $1"; }
}

fail() {
    say "FAILED: $*"
    exit 1
}

# Runs the command $2… on the node with last octet $1, with the host key that terraform says.
on() {
    local address
    address=$(cat "/var/lib/prov/local/$id/subnet").$1
    terraform output -json nodes |
        jq -r '.[] | "\(.public_ip) \(.host_key)"' >"$folder/known_hosts"
    ssh -i "$folder/key" -o BatchMode=yes -o ConnectTimeout=10 -o UserKnownHostsFile="$folder/known_hosts" \
        -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes "prov@$address" "${@:2}"
}

# Fails when anything of the deployment is on this host.
expect_nothing_left() {
    local left
    left=$(bash "$template/leftovers" "$id") || fail "$1: there remain"$'\n'"$left"
}

# Prints the process of machine $1.
process_of() {
    jq -r .pid "records/$1"
}
