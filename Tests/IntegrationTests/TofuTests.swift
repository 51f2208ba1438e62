import DeploymentState
import Shell
import Testing

@Suite("OpenTofu", .enabled(if: ProvProgram.hasTerraform), .timeLimit(.minutes(3)))
struct TofuTests {
    /// A `PATH` with every program of ours but terraform, and `tofu`, which has another program behind it
    /// where there is none: what is tested is that it is found and called.
    private static let path = """
        mkdir bin
        IFS=:
        for folder in $PATH; do
            for file in "$folder"/*; do
                name=${file##*/}
                [ -e "bin/$name" ] || [ "$name" = terraform ] || [ "$name" = tofu ] || ln -s "$file" bin/
            done
        done
        ln -s "$(command -v tofu || command -v terraform)" bin/tofu
        """

    @Test("alone in PATH makes, changes, plans and ends a deployment as terraform does")
    func alone() async throws {
        try await ProvProgram.with { plain in
            try await plain.call("bash", ["-euc", Self.path]).execute()
            let prov = plain.adding(["PATH": "\(plain.folder)/bin"])
            try Files.write("server_count: 1\n", to: "\(prov.folder)/c.yml")
            let words = ["demo", ProvProgram.processes, "c.yml"]
            let made = try await prov.call(["provision"] + words).run()
            #expect(made.isSuccess, "\(made.errorText)")
            let record = try DeploymentRecord(file: "\(prov.folder)/demo/deployment.json")
            #expect(record.terraform == "\(prov.folder)/bin/tofu")
            let plan = try await prov.call(["plan"] + words).run()
            #expect(plan.outputText == "demo: no changes\n", "\(plan.errorText)")
            let output = try await prov.run("output", "demo", "nodes")
            #expect(output.outputText.contains("server-0"), "\(output.errorText)")
            let gone = try await prov.run("deprovision", "demo")
            #expect(gone.isSuccess, "\(gone.errorText)")
            #expect(try ProvProgram.machines(of: record.id) == [])
        }
    }
}
