internal import JSON
internal import LoadResult

extension LoadResult {
    /// The members in the order of their declaration, as Foundation's `JSONDecoder` reads them.
    var json: JSON {
        [
            "ending": .string(ending.rawValue), "version": .string(version),
            "part": .integer(part), "parts": .integer(parts),
            "rate": rate.map(JSON.number) ?? .null,
            "duration": duration.map(JSON.integer) ?? .null, "start": .integer(start),
            "firstKey": .integer(firstKey), "keys": .integer(keys),
            "distribution": .string(distribution), "writeFraction": .number(writeFraction),
            "valueSize": .integer(valueSize), "connections": .integer(connections),
            "threads": .integer(threads), "seed": .integer(seed), "timeout": .integer(timeout),
            "maxOutstanding": .integer(maxOutstanding),
            "keepsAwake": keepsAwake.map(JSON.bool) ?? .null,
            "due": .integer(due), "sent": .integer(sent), "settled": .integer(settled),
            "refused": .integer(refused), "timedOut": .integer(timedOut), "lost": .integer(lost),
            "overflowed": .integer(overflowed), "reads": .integer(reads),
            "missing": .integer(missing),
            "refusals": .object(
                refusals.sorted { $0.key < $1.key }
                    .map { JSON.Member(name: $0.key, value: .integer($0.value)) }
            ),
            "redirected": .integer(redirected), "brokenConnections": .integer(brokenConnections),
            "mostOutstanding": .integer(mostOutstanding), "late": .integer(late),
            "latest": .integer(latest), "processorTime": .integer(processorTime),
            "busiestLoop": .number(busiestLoop), "length": .integer(length),
        ]
    }
}

extension JSON {
    fileprivate static func integer(_ value: Int) -> JSON { .integer(Int64(value)) }
}
