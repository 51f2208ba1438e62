@testable import Experiment
import Testing
import YAML

@Suite("Experiment files")
struct ExperimentReaderTests {
    private let whole = """
        variants:
          everysec:
            settings: {appendonly: yes, appendfsync: everysec}
          always:
            settings: {appendonly: yes, appendfsync: always, maxmemory: 0}
            build: builds/redis.deb
            files: {/etc/sysctl.d/90-x.conf: x.conf, "/opt/a b": /tmp/c}
            commands: ["sync"]
            undo: ["sync --data /"]
        load: {rate: 4000, seconds: 20, warm_up: 5, write_fraction: 0.5}
        dataset: small
        metrics: [READ-rt p50, WRITE-rt p99.9, READ-st throughput]
        effect: 2.5%
        rehearsal_pairs: 4
        pairs: {least: 6, most: 12}
        seed: 7
        """

    private func parse(_ text: String) throws -> ExperimentFile {
        try ExperimentFile.parse(Array(text.utf8), file: "e.yml")
    }

    @Test("every key is read")
    func reads() throws {
        let file = try parse(whole)
        var expected = ExperimentFile(
            a: .init(
                name: "everysec",
                settings: ["appendonly": "yes", "appendfsync": "everysec"],
                commands: []
            ),
            b: .init(
                name: "always",
                settings: ["appendonly": "yes", "appendfsync": "always", "maxmemory": "0"],
                commands: ["sync"],
                undo: ["sync --data /"]
            ),
            load: .init(rate: 4_000, seconds: 20, warmUp: 5, writeFraction: 0.5),
            dataset: "small",
            metrics: [
                Metric(tag: "READ-rt", figure: .p50), Metric(tag: "WRITE-rt", figure: .p999),
                Metric(tag: "READ-st", figure: .throughput),
            ],
            effect: 0.025,
            rehearsal: 4,
            least: 6,
            most: 12,
            seed: 7
        )
        expected.b.build = "builds/redis.deb"
        expected.b.files = ["/etc/sysctl.d/90-x.conf": "x.conf", "/opt/a b": "/tmp/c"]
        #expect(file == expected)
        #expect(file.setsBuilds)
        #expect(file.loadSeconds(pairs: 12) == 480)
    }

    @Test("what is not said has a default")
    func defaults() throws {
        let file = try parse("{variants: {a: , b: }, load: {rate: 10}, metrics: [READ-rt p99]}")
        #expect(file.load == .init(rate: 10, seconds: 30, warmUp: 5, writeFraction: 0.1))
        #expect(file.dataset == "base")
        #expect(!file.setsBuilds)
        #expect(file.effect == 0.05)
        #expect([file.rehearsal, file.least, file.most] == [3, 5, 20])
    }

    @Test(
        "each fault names its place and the remedy",
        arguments: [
            (
                "[1]",
                "e.yml:1:1: an experiment is a mapping with the keys variants, load and metrics"
            ),
            (
                "{variants: {a: }, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:12: variants must be a mapping of two names, the first is the base; found 1"
            ),
            (
                "{variants: {a: , b: }, load: {rate: 1}, metrics: [READ-rt p50], efect: 5%}",
                "e.yml:1:65: unknown key \"efect\" (did you mean \"effect\"?)"
            ),
            (
                "{variants: {a: , b: }, load: {rate: 1}, metrics: [READ-rt p50], effect: 5}",
                "e.yml:1:73: effect \"5\" must be a percentage in 0.001%…1000%, such as 5%"
            ),
            (
                "{variants: {a: , b: }, load: {rate: 0}, metrics: [READ-rt p50]}",
                "e.yml:1:37: load.rate \"0\" must be a number in 0.001…10000000.0"
            ),
            (
                "{variants: {a: , b: }, load: {rate: 1, seconds: 5, warm_up: 5}, metrics: [READ-rt p50]}",
                "e.yml:1:61: load.warm_up \"5\" leaves nothing of load.seconds \"5\""
            ),
            (
                "{variants: {a: , b: }, load: {rate: 1}, metrics: [READ-rt p50, READ-rt p50]}",
                "e.yml:1:64: metric \"READ-rt p50\" is there twice"
            ),
            (
                "{variants: {a: , b: }, load: {rate: 1}, metrics: [p99]}",
                "e.yml:1:51: a metric is a tag and one of mean, p50, p90, p99, p99.9, p99.99, throughput, "
                    + "such as READ-rt p99"
            ),
            (
                "{variants: {../a: , b: }, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:13: a variant's name \"../a\" must be letters, digits, \".\", \"_\" and \"-\""
            ),
            (
                "{variants: {a: , b: }, load: {rate: 1}, metrics: [READ-rt p50], pairs: {least: 9, most: 8}}",
                "e.yml:1:89: pairs.most \"8\" must not be below pairs.least \"9\""
            ),
            (
                "{variants: {a: , b: {settings: [x]}}, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:32: settings must be a mapping, not a list"
            ),
            (
                "{variants: {a: , b: }, load: {rate: 1}, metrics: [READ-rt p50], pairs: 7}",
                "e.yml:1:72: pairs must be a mapping such as {least: 5, most: 20}"
            ),
            (
                "{variants: {a: , b: {settings: {x: 1, X: 2}}}, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:39: setting \"X\" is there twice"
            ),
            (
                "{variants: {a: , b: }, load: {rate: 1, write_fraction: 0}, metrics: [WRITE-rt p50]}",
                "e.yml:1:70: metric \"WRITE-rt p50\" cannot be measured: with load.write_fraction 0.0 "
                    + "there are the tags READ-rt, READ-st"
            ),
            (
                "{variants: {a: , b: }, load: {rate: 1, write_fraction: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:70: metric \"READ-rt p50\" cannot be measured: with load.write_fraction 1.0 "
                    + "there are the tags WRITE-rt, WRITE-st"
            ),
            (
                "{variants: {a: , b: }, load: {rate: 1}, metrics: [read-rt p50]}",
                "e.yml:1:51: metric \"read-rt p50\" cannot be measured: with load.write_fraction 0.1 "
                    + "there are the tags READ-rt, READ-st, WRITE-rt, WRITE-st"
            ),
            (
                "{variants: {a: , b: {commands: [x]}}, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:32: variant \"b\" has commands and no undo, so what they change would stay "
                    + "for the other variant's trials: list the commands that take it back under "
                    + "undo, or write \"undo: []\" if nothing stays"
            ),
            (
                "{variants: {a: , b: {build: [x]}}, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:29: build must be the path of a local file, not a list"
            ),
            (
                "{variants: {a: , b: {build: ''}}, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:29: build must be the path of a local file, not empty"
            ),
            (
                "{variants: {a: , b: {files: [x]}}, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:29: files must be a mapping such as {/etc/sysctl.d/90-x.conf: x.conf}, not a list"
            ),
            (
                "{variants: {a: , b: {files: {etc/x: x}}}, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:30: file \"etc/x\" must be a plain absolute path on the servers, such as "
                    + "/etc/sysctl.d/90-x.conf"
            ),
            (
                "{variants: {a: , b: {files: {/etc/../x: x}}}, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:30: file \"/etc/../x\" must be a plain absolute path on the servers, such as "
                    + "/etc/sysctl.d/90-x.conf"
            ),
            (
                "{variants: {a: , b: {files: {/etc/x: 1}}}, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:38: file \"/etc/x\" must be the path of a local file, not an integer"
            ),
            (
                "{variants: {a: , b: x}, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:21: a variant is a mapping with settings, build, files, commands and undo, "
                    + "not a string"
            ),
            (
                "{variants: {a: , b: {undo: x}}, load: {rate: 1}, metrics: [READ-rt p50]}",
                "e.yml:1:28: undo must be a list of shell commands"
            ),
        ]
    )
    func faults(text: String, expected: String) {
        #expect {
            try parse(text)
        } throws: {
            "\($0)" == expected
        }
    }

    @Test("all faults are reported at once, in order")
    func several() {
        #expect {
            try parse("{load: {rte: 1}, dataset: a/b}")
        } throws: {
            ($0 as? ExperimentFault)?.faults.map(\.mark.column) == [1, 1, 8, 9, 27]
        }
    }
}
