import Testing

@testable import Prov

@Suite("The tree of this program")
struct OwnTreeTests {
    @Test("is the checkout or the prefix that it lies in, and never the current directory")
    func candidates() {
        #expect(
            OwnTree.candidates("prov/ec2", of: "/opt/prov/bin/prov") == [
                "/opt/prov/bin/prov/ec2", "/opt/prov/bin/share/prov/prov/ec2",
                "/opt/prov/prov/ec2", "/opt/prov/share/prov/prov/ec2",
                "/opt/prov/ec2", "/opt/share/prov/prov/ec2",
            ]
        )
        #expect(OwnTree.candidates("prov/ec2", of: "") == [])
    }

    @Test("keeps its providers in the user's own folder, and in none that others can make first")
    func cache() {
        #expect(CloudCall.cacheBase(["HOME": "/home/me"]) == "/home/me/.cache")
        #expect(CloudCall.cacheBase(["HOME": "/home/me", "XDG_CACHE_HOME": "/c"]) == "/c")
        let relative = ["HOME": "/home/me", "XDG_CACHE_HOME": "c"]
        #expect(CloudCall.cacheBase(relative) == "/home/me/.cache")
        for environment in [[:], ["HOME": ""]] {
            #expect(CloudCall.cacheBase(environment).hasSuffix("/.cache"))
            #expect(!CloudCall.cacheBase(environment).hasPrefix("/tmp"))
        }
    }
}
