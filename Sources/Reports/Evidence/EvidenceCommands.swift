public import Bench
private import Foundation
internal import Histogram
internal import Usage

extension Subcommand {
    /// `bench bundle`: evidence in one file.
    public static let bundle = Subcommand(bundleUsage) { arguments in
        guard let file = arguments.value("output") else {
            throw arguments.error("say with -o FILE where the bundle is to go")
        }
        let count = try Bundle.pack(arguments.operand("PATH"), to: file)
        print("\(file): \(count) files")
        return 0
    }

    private static let bundleUsage = Usage(
        "bench bundle",
        summary: "pack a trial, or an experiment with its trials, into one file with all digests",
        example: "bench bundle experiments/demo/2026-11-29T19-08-47Z-demo -o demo.tar",
        operands: [Usage.Operand("PATH", "the directory of a trial or of an experiment")],
        options: [
            Usage.Option(
                "output",
                letter: "o",
                value: "FILE",
                isRequired: true,
                "the bundle, a tar archive"
            )
        ]
    )

    /// `bench verify`: whether kept numbers follow from raw logs.
    public static let verify = Subcommand(verifyUsage) { arguments in
        let path = arguments.operand("PATH")
        var isFolder: ObjCBool = false
        let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        var folder = path
        var scratch: ScratchFolder?
        defer { withExtendedLifetime(scratch) {} }
        if !isThere || !isFolder.boolValue {
            let temporary = try ScratchFolder("bench-verify")
            scratch = temporary
            let (root, files) = try Bundle.unpack(path, into: temporary.path)
            print("\(path): \(files) files, each as its digest says")
            folder = root
        }
        let verification = try await Verification(of: folder)
        for line in verification.lines { print(line) }
        let (faults, most) = (verification.faults, 100)
        for fault in faults.prefix(most) { complain("bench verify: \(printable(fault))") }
        if faults.count > most {
            complain("bench verify: and \((faults.count - most).of("fault")) more")
        }
        return verification.faults.isEmpty ? 0 : 1
    }

    private static let verifyUsage = Usage(
        "bench verify",
        summary: "compute every number of a bundle, trial or experiment anew from the raw logs",
        example: "bench verify demo.tar",
        operands: [
            Usage.Operand("PATH", "a bundle, or the directory of a trial or of an experiment")
        ]
    )
}
