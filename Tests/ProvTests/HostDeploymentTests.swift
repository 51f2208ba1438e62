import DeploymentState
import Glibc
import Testing

@testable import Prov

@Suite("A deployment on this host")
struct HostDeploymentTests {
    @Test("is read from a line of the template's program; what nothing tells is empty")
    func read() throws {
        let found = try HostDeployment.read(
            """
            0badcafe\t4504\tme@here\t2026-01-01T00:00:00Z\t2026-01-01T08:00:00Z\t/home/me/4504\tserver-1 server-0\t2
            1badcafe\t-\t-\t-\tnever\t-\t-\t0

            """
        )
        #expect(found.map(\.key) == ["1badcafe", "4504-0badcafe"])
        #expect(found[0].isExpired() == false && found[0].nodes == [] && found[0].directory == "")
        #expect(found[1].nodes == ["server-0", "server-1"] && found[1].running == 2)
        #expect(found[1].expiry?.text == "2026-01-01T08:00:00Z")
        #expect(found[1].isExpired(at: found[1].expiry ?? .now))
        #expect(found[1].owner == "me@here" && found[1].directory == "/home/me/4504")
    }

    @Test("has its state directory shown also if that is not ours, and worked on only if it is")
    func place() async throws {
        try await withTemporaryDirectory { parent in
            let path = "\(parent)/4504"
            let line = "0badcafe\t4504\tme@here\t-\tnever\t\(path)\tserver-0\t1\n"
            let found = try #require(try HostDeployment.read(line).first)
            #expect(DeploymentsOnHost.place(of: found) == nil)
            try Files.makeDirectory(path)
            try DeploymentRecord(
                name: "4504",
                id: "0badcafe",
                template: "/prov/local",
                configs: [],
                createdAt: Moment.now.date,
                createdBy: "me@here",
                status: .partial,
                identity: "id_ed25519",
                terraform: "/terraform"
            ).write(to: StateFiles(path).record)
            #expect(DeploymentsOnHost.place(of: found) == path)
            #expect(DeploymentsOnHost.directory(of: found)?.path == path)
            chmod(path, 0o777)
            #expect(DeploymentsOnHost.place(of: found) == path)
            #expect(DeploymentsOnHost.directory(of: found) == nil)
        }
    }

    @Test(
        "is refused where the line is none",
        arguments: ["x", "0badcafe\ta\tb\tc\td\te\tf\tmany"]
    )
    func bad(line: String) {
        #expect(throws: ProvError.self) { try HostDeployment.read(line) }
    }
}
