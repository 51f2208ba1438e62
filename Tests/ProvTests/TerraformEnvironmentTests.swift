import Testing

@testable import Prov

@Suite("Terraform's environment")
struct TerraformEnvironmentTests {
    @Test("has nothing that changes what a config says, what a command does, or where the state is")
    func plain() {
        let given = [
            "PATH": "/bin", "TF_PLUGIN_CACHE_DIR": "/cache", "TF_VAR_client_count": "4",
            "TF_CLI_ARGS_apply": "-target=x", "TF_DATA_DIR": "/d", "TF_WORKSPACE": "w",
        ]
        #expect(
            Terraform.plain(given) == [
                "PATH": "/bin", "TF_PLUGIN_CACHE_DIR": "/cache", "TF_IN_AUTOMATION": "1",
                "CHECKPOINT_DISABLE": "1",
            ]
        )
    }

    @Test("a variable that is left out is named, and how a config can read it")
    func leftOut() {
        #expect(Terraform.leftOut(of: ["PATH": "/bin", "TF_LOG": "info"]) == nil)
        #expect(
            Terraform.leftOut(of: ["TF_VAR_b": "1", "TF_VAR_a": "s3cret"])
                == "TF_VAR_a, TF_VAR_b of the environment is not read: name it in a config, such as ${env:TF_VAR_a}"
        )
    }
}
