import DeploymentState
import Shell
import Usage

/// What a server does to run a build of the user's in the place of its package's.
///
/// The package's executable is diverted, as Debian lets an administrator do: it lies beside its place
/// under another name, where upgrades go too. A build lies in a folder named by its digest until eight
/// others were asked for since, so that going to and fro between builds copies nothing anew.
struct BuildSteps: Sendable, Hashable {
    /// Where the system's executable is.
    let path: String
    /// The system's unit.
    let unit: String

    static let folder = "/var/lib/prov/builds"

    /// Where a build lies before it is put in its place.
    func kept(_ build: OwnBuild) -> String {
        "\(Self.folder)/\(build.digest)/\(Files.split(path).name)"
    }

    /// Prints the kind of the machine.
    static let machine = RemoteCall(["uname", "-m"]).repeatable

    /// Succeeds if the build lies there whole.
    func has(_ build: OwnBuild) -> RemoteCall {
        .script(
            """
            # look for a build
            echo "$1  $2" | sha256sum --check --status 2>/dev/null
            """,
            arguments: [.plain(build.digest), .plain(kept(build))]
        )
        .repeatable
    }

    /// Keeps an uploaded build, with its name; nothing that runs is touched.
    func keep(_ staged: String, of build: OwnBuild) -> RemoteCall {
        .script(
            """
            # keep a build
            install -D --mode 0755 "$1" "$2.new"
            mv -T "$2.new" "$2"
            # Beside it, since the same executable may come in another file tomorrow.
            printf '%s\\n' "$3" >"${2%/*}.name"
            cd "${2%/*}/.."
            ls -t --directory -- */ | tail -n +9 | while IFS=/ read -r old _; do rm -rf -- "$old" "$old.name"; done
            """,
            arguments: [.plain(staged), .plain(kept(build)), .plain(build.name)],
            timeLimit: .seconds(300)
        )
    }

    /// Prints the path of the package's executable, wherever it lies now.
    var findPackaged: RemoteCall {
        RemoteCall(["dpkg-divert", "--truename", .plain(path)]).repeatable
    }

    /// Puts the build in its place; can be called again wherever it was cut short.
    ///
    /// The place is never empty, and the package's file is under its other name for as long as it is
    /// diverted: it is copied before, and removed after.
    func install(_ build: OwnBuild) -> RemoteCall {
        .script(
            """
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
            """,
            arguments: [.plain(path), .plain(kept(build))],
            timeLimit: .seconds(300)
        )
    }

    /// Puts the package's executable back; can be called again wherever it was cut short.
    var putBack: RemoteCall {
        .script(
            """
            # put the packaged executable back
            path=$1
            [ "$(dpkg-divert --truename "$path")" = "$path.packaged" ] || { rm -f -- "$path.packaged"; exit 0; }
            cp --archive --remove-destination --no-target-directory "$path.packaged" "$path.prov-new"
            mv -T "$path.prov-new" "$path"
            dpkg-divert --quiet --local --no-rename --remove "$path"
            rm -f -- "$path.packaged"
            """,
            arguments: [.plain(path)]
        )
    }

    /// Prints the digests of what runs and of what is installed, and whether that is the package's.
    var ask: RemoteCall {
        .script(
            """
            # tell which build runs
            digest() { sha256sum "$1" | cut -c 1-64; }
            number=$(systemctl show --property MainPID --value "$2")
            [ "${number:-0}" = 0 ] || echo "running=$(digest "/proc/$number/exe")"
            echo "installed=$(digest "$1")"
            [ "$(dpkg-divert --truename "$1")" = "$1" ] || echo diverted=yes
            """,
            arguments: [.plain(path), .plain(unit)]
        )
        .repeatable
    }

    /// What an answer of ``ask`` has against a build; `nil` if it runs.
    static func difference(_ answer: String, from build: Build) -> BuildError? {
        let facts = NodeFacts.parse(answer)
        guard let running = facts["running"] else {
            return .notInForce(asked: build.identity, found: "nothing")
        }
        let isPackaged = facts["diverted"] == nil && running == facts["installed"]
        let isAsked =
            switch build {
            case .packaged: isPackaged
            case .own(let own): running == own.digest
            }
        return isAsked
            ? nil : .notInForce(asked: build.identity, found: "sha256:\(running.printable)")
    }
}
