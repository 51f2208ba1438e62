import Shell

extension RemoteCall {
    /// Installs Debian packages that are missing, without starting their services.
    ///
    /// Does nothing and needs no network where all are there, as on a local machine's image.
    ///
    /// - Parameters:
    ///   - names: The packages.
    ///   - text: A script for what is left to do then, each time.
    /// - Returns: The call.
    static func installPackages(_ names: [String], finishing text: String = "") -> RemoteCall {
        let finish = text.isEmpty ? "" : "finish() {\n\(text)\n}\n"
        return .script(
            """
            # install packages
            missing=()
            for name; do
                [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
            done
            \(finish)[ ${#missing[@]} -gt 0 ] || \(text.isEmpty ? "exit 0" : "{ finish; exit 0; }")
            export DEBIAN_FRONTEND=noninteractive
            # A service must not start before it is configured; policy-rc.d says so to the packages.
            printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
            trap 'rm -f /usr/sbin/policy-rc.d' EXIT
            chmod 755 /usr/sbin/policy-rc.d
            # A fresh cloud machine may still run its own apt; wait for its lock.
            wait=(-o DPkg::Lock::Timeout=300)
            # After an installation that was cut short, apt-get refuses all else until this is done. With 2 dpkg says
            # that another has the lock.
            last=$((SECONDS + 300))
            until dpkg --configure --pending; do
                [ $? -eq 2 ] && [ $SECONDS -lt $last ] || exit 1
                sleep 1
            done
            apt-get "${wait[@]}" -qq update
            apt-get "${wait[@]}" -qq install --no-install-recommends "${missing[@]}"\(text.isEmpty ? "" : "\nfinish")
            """,
            arguments: names.map(Command.Word.plain),
            timeLimit: .seconds(900)
        )
    }
}
