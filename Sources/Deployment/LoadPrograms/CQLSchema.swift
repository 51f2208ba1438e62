import Shell

/// The keyspace and the table that a load program for CQL writes to, made on a server.
struct CQLSchema: Sendable {
    /// The load program.
    let program: String
    let keyspace: String
    /// The table's name, its columns, and its options.
    let table: String

    /// Makes both, and has writes go round the commit log.
    func make(replicas: Int) -> RemoteCall {
        let keyspaceOptions =
            "replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': \(replicas)}"
        return call([
            "CREATE KEYSPACE IF NOT EXISTS \(keyspace) WITH \(keyspaceOptions) AND durable_writes = false",
            "ALTER KEYSPACE \(keyspace) WITH \(keyspaceOptions) AND durable_writes = false",
            "CREATE TABLE IF NOT EXISTS \(keyspace).\(table)",
        ])
    }

    /// Has writes go through the commit log again.
    var writesLast: RemoteCall {
        call(["ALTER KEYSPACE \(keyspace) WITH durable_writes = true"])
    }

    private func call(_ statements: [String]) -> RemoteCall {
        .script(
            """
            # change the schema of \(program)
            for statement; do
                cqlsh --request-timeout 60 --execute "$statement" "$(hostname)" 9042 </dev/null
            done
            """,
            arguments: statements.map(Command.Word.plain),
            timeLimit: .seconds(300)
        )
    }
}
