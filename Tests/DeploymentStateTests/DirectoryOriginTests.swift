import Testing

@testable import DeploymentState

@Suite("Whether a state directory is a copy")
struct DirectoryOriginTests {
    private static let own = DirectoryMark(device: 1, inode: 2)
    private static let others = DirectoryMark(device: 1, inode: 3)

    private func verdict(
        _ recorded: DirectoryMark?,
        _ place: DirectoryOrigin.Place
    ) -> DirectoryOrigin.Verdict {
        DirectoryOrigin(id: "1", recorded: recorded, found: Self.own, place: place).verdict
    }

    @Test("one with the recorded number is the original, whatever stands where it was")
    func same() {
        for place: DirectoryOrigin.Place in [
            .nothing, .here, .deployment(id: "1"), .deployment(id: "2"), .unreadable(reason: "r"),
        ] {
            #expect(verdict(Self.own, place) == .original)
        }
    }

    @Test("one with another number is not believed without a word")
    func other() {
        #expect(verdict(Self.others, .nothing) == .doubtful)
        #expect(verdict(Self.others, .here) == .doubtful)
        #expect(verdict(Self.others, .deployment(id: "2")) == .doubtful)
        #expect(verdict(Self.others, .deployment(id: "1")) == .copy)
        #expect(verdict(Self.others, .unreadable(reason: "r")) == .unreadable(reason: "r"))
        // A reboot numbers devices anew, where the place says that it is the same.
        #expect(verdict(DirectoryMark(device: 9, inode: 2), .here) == .original)
        #expect(verdict(DirectoryMark(device: 9, inode: 2), .nothing) == .doubtful)
    }

    @Test("a record of old goes by the place alone, and by none that cannot be read")
    func old() {
        for place: DirectoryOrigin.Place in [.nothing, .here, .deployment(id: "2")] {
            #expect(verdict(nil, place) == .original)
        }
        #expect(verdict(nil, .deployment(id: "1")) == .copy)
        #expect(verdict(nil, .unreadable(reason: "r")) == .unreadable(reason: "r"))
    }
}
