# put a build in the place of the packaged executable
path=$1 build=$2
case $(dpkg-divert --truename "$path") in
    "$path.packaged") ;;
    "$path")
        cp --archive --remove-destination --no-target-directory "$path" "$path.packaged"
        dpkg-divert --quiet --local --no-rename --divert "$path.packaged" --add "$path"
        ;;
    *)
        echo "$path is diverted already, by $(dpkg-divert --listpackage "$path"): remove that diversion" >&2
        exit 1
        ;;
esac
touch "${build%/*}"
! cmp -s "$build" "$path" || exit 0
install --mode 0755 "$build" "$path.prov-new"
mv -T "$path.prov-new" "$path"
