import Testing

@testable import Prov

@Suite("Network")
struct NetworkTests {
    @Test(
        "reads CIDR and clears host bits",
        arguments: [
            ("203.0.113.7/32", "203.0.113.7/32"), ("203.0.113.7/24", "203.0.113.0/24"),
            ("10.255.255.255/9", "10.128.0.0/9"), ("1.2.3.4/0", "0.0.0.0/0"),
            ("::1/0", "::/0"), ("2001:db8::1/33", "2001:db8::/33"), (" 10.0.0.0/8 ", "10.0.0.0/8"),
        ]
    )
    func base(text: String, base: String) throws {
        let network = try #require(Network(text))
        #expect(network.base == base)
        #expect(network.hasHostBits == (Network(base)?.address != network.address))
    }

    @Test(
        "refuses what is no network",
        arguments: [
            "", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08",
            "10.0.0/8", "010.0.0.0/8", "10.0.0.0/8/8", "::/129", "a/8",
        ]
    )
    func wrong(text: String) {
        #expect(Network(text) == nil)
    }

    @Test("a list is a list of networks only if each of it is one")
    func list() {
        #expect(Network.list("10.0.0.0/8, 192.0.2.0/24")?.map(\.length) == [8, 24])
        #expect(Network.list("10.0.0.0/8,") == nil)
        #expect(Network.list("auto") == nil)
    }
}
