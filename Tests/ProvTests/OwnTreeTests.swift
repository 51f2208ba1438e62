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
}
