package import Usage

/// What `prov jobs` takes, in one place for `prov`, which explains it, and `prov-jobs`, which does it.
package enum JobsUsage {
    /// The program that logs in to the nodes; it lies beside `prov`.
    package static let program = "prov-jobs"

    /// The flag that ends what is listed.
    package static let stop = "stop"

    package static let usage = Usage(
        "prov jobs",
        summary: "Lists what scripts left running on the nodes, since when, with its last line.",
        example: "prov jobs demo --stop",
        operands: [.init("NAME", "the deployment, or the path of its state directory")],
        options: [
            .init(stop, "end all of it; refused while a script or prov is at work there")
        ]
    )
}
