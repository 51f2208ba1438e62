# put a variant's file in its place
staged=$1 path=$2 kept=$3 mode=$4
[ ! -d "$path" ] || { echo "$path is a folder there" >&2; exit 1; }
if [ ! -e "$kept" ]; then
    rm -rf -- "$kept.new"
    mkdir -p "$kept.new"
    printf '%s\n' "$path" >"$kept.new/path"
    if [ -e "$path" ] || [ -L "$path" ]; then
        cp --archive --no-target-directory "$path" "$kept.new/original"
    fi
    above=$(dirname "$path")
    while [ ! -e "$above" ]; do
        printf '%s\n' "$above" >>"$kept.new/made"
        above=$(dirname "$above")
    done
    mv -T "$kept.new" "$kept"
fi
install -D --mode "$mode" "$staged" "$path.prov-new"
if [ -f "$path" ]; then
    chown --reference "$path" "$path.prov-new"
    chmod --reference "$path" "$path.prov-new"
fi
mv -T "$path.prov-new" "$path"
