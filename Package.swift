// swift-tools-version: 6.2
import Foundation
import PackageDescription

let language: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let settings = language + [.treatAllWarnings(as: .error)]

/// Of what runs for each step of a virtual user and each request of a load: release builds do not check exclusive access.
///
/// It would take an eighth of the time. Debug builds check it, and all tests are debug builds.
let quick =
    settings + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

/// A module of ours, in `Sources/NAME`.
func module(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    settings: [SwiftSetting] = settings
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of one module, in `Tests/NAMETests`.
///
/// They read `Fixtures` and `Golden` in place, so those folders are no part of the target; nor is a
/// program of theirs, `browser`.
func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    let folder = "\(Context.packageDirectory)/Tests/\(name)Tests"
    let data = ["Fixtures", "Golden", "browser"].filter {
        FileManager.default.fileExists(atPath: "\(folder)/\($0)")
    }
    return .testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name), "TestSupport"] + dependencies,
        exclude: data,
        swiftSettings: settings
    )
}

/// A script of the user's, in `Scripts/NAME/main.swift`; `swift run NAME` runs it.
///
/// A warning in it is no error: it is somebody's notebook.
func script(_ name: String) -> Target {
    .executableTarget(
        name: name,
        dependencies: [
            "Bench", "Deployment", "DeploymentState", "Experiment", "Reports", "Statistics",
            "Usage",
        ],
        path: "Scripts/\(name)",
        swiftSettings: language
    )
}

/// A scenario of the user's, in `Scenarios/NAME/main.swift`; `swift run NAME` runs it.
///
/// What else lies in its folder, such as the configuration of a server, is excluded by name.
func scenario(_ name: String, excluding others: [String] = []) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["Engine", "HTTP", "JSON", "Posix", "Scenario", "Usage"],
        path: "Scenarios/\(name)",
        exclude: others,
        swiftSettings: language
    )
}

let package = Package(
    name: "prov",
    products: [
        .executable(name: "prov", targets: ["ProvCLI"]),
        .executable(name: "prov-jobs", targets: ["JobsCLI"]),
        .executable(name: "bench", targets: ["BenchCLI"]),
        .executable(name: "bench-load", targets: ["LoadCLI"]),
        .library(name: "Deployment", targets: ["Deployment"]),
        .library(name: "Bench", targets: ["Bench"]),
        .library(name: "Histogram", targets: ["Histogram"]),
    ],
    targets: [
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
        .systemLibrary(name: "CSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        // Without pkg-config, which would name the shared library; see its module map.
        .systemLibrary(name: "CDeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CSpawn"),
        .systemLibrary(name: "CLinux"),
        module("Posix"),
        module("YAML", ["CYAML"]),
        module("JSON"),
        module("SSH", ["CSSH2", "Posix"]),
        module("Usage"),
        module("Shell", ["CSpawn", "Posix"]),
        module("OpenLoop"),
        module("LoadResult", ["OpenLoop"]),
        module("Statistics"),
        module("Experiment", ["Posix", "Statistics", "Usage", "YAML"]),
        module("DeploymentState", ["Posix", "Usage", "YAML"]),
        module("Digest"),
        module("Prov", ["DeploymentState", "Digest", "Posix", "Shell", "Usage", "YAML"]),
        module(
            "Deployment",
            [
                "DeploymentState", "Digest", "LoadResult", "Posix", "Shell", "SSH", "Statistics",
                "Usage", "YAML",
            ]
        ),
        module("Histogram", ["CDeflate", "Posix"]),
        module("Engine", ["CLinux", "Posix"], settings: quick),
        module("TLS", ["CSSL", "Engine"]),
        module("Door", ["Engine", "JSON", "Posix"]),
        module(
            "Scenario",
            [
                "Door", "Engine", "Histogram", "JSON", "LoadResult", "Posix", "Statistics", "TLS",
                "Usage",
            ],
            settings: quick
        ),
        module("HTTP", ["Engine", "Posix", "Scenario", "TLS"], settings: quick),
        module("Control", ["Door", "Engine", "JSON", "Posix", "Usage"]),
        module(
            "Load",
            ["Engine", "Histogram", "JSON", "LoadResult", "OpenLoop", "Posix", "Usage"],
            settings: quick
        ),
        module(
            "Bench",
            ["Histogram", "JSON", "LoadResult", "OpenLoop", "Posix", "Statistics", "Usage"]
        ),
        module(
            "Reports",
            [
                "Bench", "Digest", "Experiment", "Histogram", "JSON", "LoadResult", "OpenLoop",
                "Posix", "Shell", "Statistics", "Usage",
            ]
        ),
        .executableTarget(name: "ProvCLI", dependencies: ["Prov"], swiftSettings: settings),
        .executableTarget(name: "JobsCLI", dependencies: ["Deployment"], swiftSettings: settings),
        .executableTarget(
            name: "BenchCLI",
            dependencies: ["Bench", "Control", "Load", "Reports"],
            swiftSettings: settings
        ),
        // What is copied to each client: without Foundation, and without what clients lack.
        .executableTarget(
            name: "LoadCLI",
            dependencies: ["Bench", "Load"],
            swiftSettings: settings
        ),
        script("setup"),
        script("populate-and-snapshot"),
        script("restore-and-run"),
        script("tweak-settings"),
        script("experiment"),
        script("capacity"),
        script("probe"),
        scenario("chat"),
        scenario("chat-server"),
        scenario("mqtt"),
        scenario("shop", excluding: ["nginx.conf"]),
        // What bin/new scenario starts from, so that it compiles.
        .executableTarget(
            name: "scenario-template",
            dependencies: ["Scenario"],
            path: "bin/templates",
            exclude: ["script.swift"],
            sources: ["scenario.swift"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ssh-fanout-benchmark",
            dependencies: ["SSH"],
            path: "Benchmarks/ssh",
            exclude: ["README.md", "fanout.c", "run"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "scenario-benchmark",
            dependencies: ["Engine", "HTTP", "Histogram", "Posix", "Scenario"],
            path: "Benchmarks/scenario",
            exclude: ["README.md", "peer.py", "stall"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "statistics-benchmark",
            dependencies: ["Bench", "Histogram", "Statistics"],
            path: "Benchmarks/statistics",
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "report-benchmark",
            dependencies: ["Bench", "Histogram", "JSON", "Statistics"],
            path: "Benchmarks/report",
            exclude: ["README.md", "run"],
            swiftSettings: settings
        ),
        .target(
            name: "TestSupport",
            dependencies: ["Histogram", "Shell"],
            path: "Tests/TestSupport",
            exclude: ["keeper"],
            swiftSettings: settings
        ),
        // What users may get wrong in a scenario, for the tests of what they are told then.
        .executableTarget(
            name: "faulty-scenario",
            dependencies: ["Scenario"],
            path: "Tests/FaultyScenario",
            swiftSettings: settings
        ),
        .target(
            name: "ScenarioSupport",
            dependencies: ["Engine", "Scenario"],
            path: "Tests/ScenarioSupport",
            swiftSettings: settings
        ),
        // It looks into modules, which only a debug build permits, or one with -enable-testing.
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Bench", "DeploymentState", "Digest", "Door", "Experiment", "HTTP", "Histogram",
                "JSON", "Load", "LoadResult", "OpenLoop", "Prov", "Reports", "Shell", "Statistics",
                "Usage", "YAML",
            ],
            path: "Tests/fuzz",
            exclude: ["README.md", "corpus"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "soak",
            dependencies: ["DeploymentState", "Shell", "Statistics", "TestSupport", "Usage"],
            path: "Tests/soak",
            exclude: ["MENDED.md", "README.md"],
            swiftSettings: settings
        ),
        tests(of: "Posix"),
        tests(of: "YAML"),
        tests(of: "JSON"),
        tests(of: "SSH"),
        tests(of: "Statistics"),
        tests(of: "Experiment", ["Statistics", "YAML"]),
        tests(of: "Usage"),
        tests(of: "Shell", ["Posix"]),
        tests(of: "DeploymentState"),
        tests(of: "Prov", ["DeploymentState", "Digest", "Shell", "Usage", "YAML"]),
        tests(
            of: "Deployment",
            ["DeploymentState", "JobsCLI", "LoadResult", "Posix", "SSH", "Shell", "Usage", "YAML"]
        ),
        tests(of: "Histogram"),
        tests(of: "OpenLoop"),
        tests(of: "Engine"),
        tests(of: "Door", ["Engine", "JSON", "Posix"]),
        tests(of: "Control", ["Door", "JSON", "Usage"]),
        tests(
            of: "Scenario",
            [
                "Bench", "BenchCLI", "Door", "Engine", "Histogram", "JSON", "LoadResult", "Posix",
                "ScenarioSupport", "Usage", "chat", "chat-server", "faulty-scenario", "mqtt",
                "scenario-template", "shop",
            ]
        ),
        tests(of: "TLS", ["Engine", "HTTP", "Scenario", "ScenarioSupport"]),
        tests(of: "HTTP", ["Engine", "Posix", "Scenario", "ScenarioSupport", "TLS"]),
        tests(
            of: "Load",
            ["Bench", "Engine", "Histogram", "LoadResult", "OpenLoop", "Posix", "Usage"]
        ),
        tests(
            of: "Bench",
            ["Histogram", "JSON", "LoadResult", "OpenLoop", "Statistics", "Usage"]
        ),
        tests(
            of: "Reports",
            [
                "Bench", "BenchCLI", "Digest", "Experiment", "Histogram", "JSON", "Shell",
                "Statistics", "report-benchmark",
            ]
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Bench", "Deployment", "DeploymentState", "Experiment", "JobsCLI", "LoadResult",
                "Prov",
                "ProvCLI",
                "Shell", "TestSupport",
            ],
            exclude: ["aws", "shells"],
            swiftSettings: settings
        ),
    ]
)

// "bin/sanitize" compiles a few modules again, each instruction watched: what their tests need and no more,
// for SwiftPM builds the tests of a package as one program.
if let tests = Context.environment["PROV_ONLY_TESTS"] {
    var wanted: Set<String> = []
    var rest = tests.split(separator: " ").map(String.init)
    while let next = rest.popLast() {
        guard wanted.insert(next).inserted else { continue }
        rest += package.targets.first { $0.name == next }?.dependencies.compactMap(\.ownName) ?? []
    }
    package.targets.removeAll { !wanted.contains($0.name) }
    package.products.removeAll { product in
        let targets =
            (product as? Product.Executable)?.targets ?? (product as? Product.Library)?.targets
        return !wanted.isSuperset(of: targets ?? [])
    }
}

extension Target.Dependency {
    /// The name of a target of this package.
    var ownName: String? {
        switch self {
        case .targetItem(let name, _), .byNameItem(let name, _): name
        default: nil
        }
    }
}
