import Testing

@testable import Deployment

@Suite("QueryError")
struct QueryErrorTests {
    private let answer = #"""
        {"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: unclosed left parenthesis"}
        """#

    @Test("shows Prometheus's own reason for a bad query")
    func reason() async throws {
        let refused = RemoteResult(
            output: answer,
            errors: "curl: (22) The requested URL returned error: 400\n",
            status: .exited(22)
        )
        try await withScripted(["monitor-0"], answer: { _, _ in refused }) { deployment, _ in
            let error = await #expect(throws: FanOutError.self) {
                try await deployment.query("rate(")
            }
            #expect(
                error?.description == """
                    1 of 1 nodes failed
                    monitor-0: query "rate(": invalid parameter "query": 1:5: parse error: unclosed \
                    left parenthesis
                    """
            )
        }
    }

    @Test("is none of an answer that is not Prometheus's")
    func other() {
        #expect(QueryError(expression: "up", answer: "no route to host") == nil)
    }
}
