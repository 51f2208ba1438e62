import DeploymentState
import Testing

@testable import Prov

@Suite("Whether something of a deployment was made")
struct ApplyEvidenceTests {
    @Test("each trace is enough by itself, whatever has been lost beside it")
    func traces() {
        #expect(!ApplyEvidence(recorded: false).isFound)
        #expect(!ApplyEvidence(recorded: false, hasCopy: false).isFound)
        // Its plan was empty, or its first apply made nothing.
        #expect(!ApplyEvidence(recorded: false, status: .ready, hasLog: true).isFound)
        #expect(ApplyEvidence(recorded: true, hasCopy: false).isFound)
        for recorded in [false, nil] {
            #expect(ApplyEvidence(recorded: recorded, hasMark: true).isFound)
            #expect(ApplyEvidence(recorded: recorded, hasState: true).isFound)
            #expect(ApplyEvidence(recorded: recorded, hasInventory: true).isFound)
        }
    }

    @Test("a record of old that says nothing is believed only if all the rest agrees")
    func old() {
        #expect(!ApplyEvidence().isFound)
        #expect(!ApplyEvidence(status: .partial).isFound)
        #expect(ApplyEvidence(hasCopy: false).isFound)
        #expect(ApplyEvidence(hasLog: true).isFound)
        #expect(ApplyEvidence(status: .ready).isFound)
        #expect(ApplyEvidence(status: .destroying).isFound)
    }
}
