import Shell

/// The systemd calls of a node, as values.
enum Systemd {
    /// Starts a unit and returns when it is up; its last journal lines stand in the error if not.
    static func start(_ unit: String, timeLimit: Duration = .seconds(120)) -> RemoteCall {
        .script(
            """
            # start a unit
            systemctl start "$1" && exit 0
            journalctl --no-pager --quiet --lines 15 --unit "$1" >&2
            exit 1
            """,
            arguments: [.plain(unit)],
            timeLimit: timeLimit
        )
    }

    /// Stops a unit and returns when it is down; one that is down or unknown already is no error.
    static func stop(_ unit: String, timeLimit: Duration = .seconds(120)) -> RemoteCall {
        .script(
            """
            # stop a unit
            [ "$(systemctl show --property LoadState --value "$1")" = loaded ] || exit 0
            systemctl stop "$1"
            """,
            arguments: [.plain(unit)],
            timeLimit: timeLimit
        )
    }
}
