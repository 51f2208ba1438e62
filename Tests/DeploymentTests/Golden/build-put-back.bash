# put the packaged executable back
path=$1
[ "$(dpkg-divert --truename "$path")" = "$path.packaged" ] || { rm -f -- "$path.packaged"; exit 0; }
cp --archive --remove-destination --no-target-directory "$path.packaged" "$path.prov-new"
mv -T "$path.prov-new" "$path"
dpkg-divert --quiet --local --no-rename --remove "$path"
rm -f -- "$path.packaged"
