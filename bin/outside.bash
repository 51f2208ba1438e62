# shellcheck shell=bash
# shellcheck disable=SC2154 # $here is of the script that sources this
# Sourced by bin/prov and bin/ssh: takes their folder, $here, out of PATH. prov runs the system's ssh by its name, and a user
# who has this folder in front would make it call itself.
entries=()
IFS=: read -ra all <<<"$PATH"
for entry in "${all[@]}"; do
    [[ ${entry:-.}/ssh -ef $here/ssh ]] || entries+=("$entry")
done
PATH=$(IFS=:; printf '%s' "${entries[*]}")
