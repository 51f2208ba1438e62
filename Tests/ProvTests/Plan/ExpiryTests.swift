import DeploymentState
import FoundationEssentials
import Testing

@testable import Prov

@Suite("Expiry")
struct ExpiryTests {
    private static let now = Moment(date: Date(timeIntervalSince1970: 1_000_000))

    private static func record(end: Int?) -> DeploymentRecord {
        DeploymentRecord(
            name: "demo",
            id: "00000000",
            template: "/t",
            configs: [],
            createdAt: now.date,
            createdBy: "me",
            expiresAt: end.map { now.adding(.seconds($0)).date },
            status: .ready,
            identity: "i",
            terraform: "/t"
        )
    }

    private static func template(
        endsItself: Bool,
        _ body: (TemplateFolder) throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let more = endsItself ? "variable \"expires_at\" {\n}\n" : ""
            let text = "variable \"deployment_name\" {\n}\noutput \"nodes\" {\n  value = []\n}\n"
            try Files.write(text + more, to: "\(folder)/main.tf")
            try body(try TemplateFolder(folder))
        }
    }

    @Test(
        "is computed once and kept, and anew after it has passed",
        arguments: [
            (kept: nil, ttl: nil, end: nil), (kept: nil, ttl: 60, end: 60),
            (kept: 10, ttl: 60, end: 10), (kept: 10, ttl: nil, end: 10),
            (kept: -10, ttl: 60, end: 60), (kept: 0, ttl: 60, end: 60),
        ] as [(kept: Int?, ttl: Int?, end: Int?)]
    )
    func end(kept: Int?, ttl: Int?, end: Int?) async throws {
        try await Self.template(endsItself: true) { template in
            let found = try Expiry.end(
                Self.record(end: kept),
                ttl: ttl.map { .seconds($0) },
                template: template,
                now: Self.now,
                say: { _ in }
            )
            #expect(found == end.map { Self.now.adding(.seconds($0)) })
        }
    }

    @Test("asks for a new time after it has passed, and for a template that can end machines")
    func refusals() async throws {
        try await Self.template(endsItself: true) { template in
            #expect(throws: ProvError.expired(name: "demo", at: Self.now.text)) {
                try Expiry.end(
                    Self.record(end: 0),
                    ttl: nil,
                    template: template,
                    now: Self.now,
                    say: { _ in }
                )
            }
        }
        try await Self.template(endsItself: false) { template in
            #expect(throws: ProvError.self) {
                try Expiry.end(
                    Self.record(end: nil),
                    ttl: .seconds(1),
                    template: template,
                    now: Self.now,
                    say: { _ in }
                )
            }
        }
    }
}
