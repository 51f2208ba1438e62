import Shell

/// What a server does with a variant's files.
enum VariantFileSteps {
    /// Puts an uploaded file in its place; what was there is kept, once, with its owner and mode.
    ///
    /// Can be called again wherever it was cut short.
    static func put(_ staged: String, as file: VariantFile) -> RemoteCall {
        .script(
            """
            # put a variant's file in its place
            staged=$1 path=$2 kept=$3 mode=$4
            [ ! -d "$path" ] || { echo "$path is a folder there" >&2; exit 1; }
            if [ ! -e "$kept" ]; then
                rm -rf -- "$kept.new"
                mkdir -p "$kept.new"
                printf '%s\\n' "$path" >"$kept.new/path"
                if [ -e "$path" ] || [ -L "$path" ]; then
                    cp --archive --no-target-directory "$path" "$kept.new/original"
                fi
                above=$(dirname "$path")
                while [ ! -e "$above" ]; do
                    printf '%s\\n' "$above" >>"$kept.new/made"
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
            """,
            arguments: [
                .plain(staged), .plain(file.path), .plain(file.kept),
                .plain(file.isExecutable ? "0755" : "0644"),
            ],
            timeLimit: .seconds(300)
        )
    }

    /// Puts back what the files of any variant replaced, of this experiment or an earlier one, but for
    /// those that stay; can be called again wherever it was cut short.
    static func putBack(butFor files: [VariantFile]) -> RemoteCall {
        .script(
            """
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
            """,
            arguments: [.plain(VariantFile.folder)]
                + files.map { .plain(String($0.kept.dropFirst(VariantFile.folder.count + 1))) }
        )
    }
}
