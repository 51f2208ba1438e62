# put back what files of variants replaced
cd "$1" 2>/dev/null || exit 0
shift
rm -rf -- *.new
for kept in *; do
    [ -e "$kept/path" ] || continue
    for stays; do [ "$stays" != "$kept" ] || continue 2; done
    path=$(cat "$kept/path")
    if [ -e "$kept/original" ] || [ -L "$kept/original" ]; then
        cp --archive --remove-destination --no-target-directory "$kept/original" "$path.prov-new"
        mv -T "$path.prov-new" "$path"
    else
        rm -f -- "$path" "$path.prov-new"
        # From the inside out; one that something else was put into stays.
        [ ! -e "$kept/made" ] || while IFS= read -r folder; do [ ! -e "$folder" ] || rmdir -- "$folder" || break; done <"$kept/made" 2>/dev/null
    fi
    rm -rf -- "$kept"
done
