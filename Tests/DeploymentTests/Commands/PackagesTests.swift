import Testing

@testable import Deployment

@Suite("Packages on a node")
struct PackagesTests {
    @Test("are installed by a text that also goes on where an installation was cut short")
    func install() throws {
        try Golden.expect(
            .installPackages(["redis-server", "redis-tools"]),
            is: "install-packages.bash",
            "redis-server redis-tools"
        )
    }
}
