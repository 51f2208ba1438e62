import Testing

@testable import Prov

@Suite("A refusal of credentials")
struct CredentialFaultTests {
    private static let ours = ["TF_VAR_access_key": "AKIA"]

    @Test(
        "is told from other errors, in one line with what AWS said and what helps",
        arguments: [
            (
                """
                provider["registry.terraform.io/hashicorp/aws"]: versions.tf:14: Retrieving AWS account \
                details: validating provider credentials: operation error STS: GetCallerIdentity, https \
                response error StatusCode: 403, RequestID: 1, api error ExpiredToken: The security token \
                included in the request is expired
                """,
                """
                AWS refuses access_key and secret_key of the configs: "ExpiredToken: The security token \
                included in the request is expired"; they have expired: renew them
                """
            ),
            (
                """
                aws_vpc.this: network.tf:22: creating EC2 VPC: operation error EC2: CreateVpc, https \
                response error StatusCode: 403, api error UnauthorizedOperation: You are not authorized.
                """,
                """
                AWS refuses access_key and secret_key of the configs: "UnauthorizedOperation: You are not \
                authorized"; the account's user lacks this permission
                """
            ),
        ]
    )
    func refusal(error: String, line: String) {
        let lines = ["something before", error]
        #expect(CredentialFault.line(in: lines, variables: Self.ours) == line)
    }

    @Test(
        "is not seen in errors about something else",
        arguments: [
            "api error InsufficientInstanceCapacity: no room",
            "retrieving caller identity from STS: request send failed, dial tcp: connection refused",
        ]
    )
    func others(error: String) {
        #expect(CredentialFault.line(in: [error], variables: Self.ours) == nil)
    }
}
