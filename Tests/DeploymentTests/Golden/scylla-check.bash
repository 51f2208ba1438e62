# look for options that scylla does not know
packaged=$1; shift
options=$(timeout --kill-after 1 30 scylla --help | head --bytes 4M)
knows() { grep -qE -- "^ *--${1//_/-}( |\$)" <<<"$options"; }
unknown=
for name; do
    grep -qE "^(#[# ]*)?$name:" "$packaged" || knows "$name" || unknown+=" \"$name\""
done
[ -z "$unknown" ] || { echo "scylla does not know the option$unknown" >&2; exit 1; }
