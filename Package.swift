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

/// A module of ours, in `Sources/NAME`.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
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
        dependencies: ["Bench", "Deployment", "Experiment", "Inventory", "Reports", "Usage"],
        path: "Scripts/\(name)",
        swiftSettings: language
    )
}

let package = Package(
    name: "prov",
    products: [
        .executable(name: "prov", targets: ["ProvCLI"]),
        .executable(name: "bench", targets: ["BenchCLI"]),
        .executable(name: "bench-load", targets: ["LoadCLI"]),
        .library(name: "Deployment", targets: ["Deployment"]),
        .library(name: "Bench", targets: ["Bench"]),
    ],
    targets: [
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSpawn"),
        .systemLibrary(name: "CLinux"),
        module("YAML", ["CYAML"]),
        module("SSH", ["CSSH2"]),
        module("Usage"),
        module("Shell", ["CSpawn"]),
        module("LoadResult"),
        module("Statistics"),
        module("Experiment", ["Statistics", "Usage", "YAML"]),
        module("Inventory", ["Usage", "YAML"]),
        module("Digest"),
        module("Prov", ["Digest", "Inventory", "Shell", "Usage", "YAML"]),
        module("Deployment", ["Inventory", "LoadResult", "Shell", "SSH", "Usage", "YAML"]),
        module("Bench", ["CLinux", "CZlib", "LoadResult", "Statistics", "Usage"]),
        module("Reports", ["Bench", "Digest", "Experiment", "Shell", "Statistics", "Usage"]),
        .executableTarget(name: "ProvCLI", dependencies: ["Prov"], swiftSettings: settings),
        .executableTarget(
            name: "BenchCLI",
            dependencies: ["Bench", "Reports"],
            swiftSettings: settings
        ),
        // What is copied to each client: without Foundation, and without what clients lack.
        .executableTarget(name: "LoadCLI", dependencies: ["Bench"], swiftSettings: settings),
        script("setup"),
        script("populate-and-snapshot"),
        script("restore-and-run"),
        script("tweak-settings"),
        script("experiment"),
        .executableTarget(
            name: "ssh-fanout-benchmark",
            dependencies: ["SSH"],
            path: "Benchmarks/ssh",
            exclude: ["README.md", "fanout.c", "run"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "statistics-benchmark",
            dependencies: ["Statistics"],
            path: "Benchmarks/statistics",
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "report-benchmark",
            dependencies: ["Bench", "Statistics"],
            path: "Benchmarks/report",
            exclude: ["README.md", "run"],
            swiftSettings: settings
        ),
        .target(
            name: "TestSupport",
            path: "Tests/TestSupport",
            exclude: ["keeper"],
            swiftSettings: settings
        ),
        // It looks into modules, which only a debug build permits, or one with -enable-testing.
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Bench", "Experiment", "Inventory", "Prov", "Shell", "Statistics", "Usage", "YAML",
            ],
            path: "Tests/fuzz",
            exclude: ["README.md", "corpus"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "soak",
            dependencies: ["Inventory", "Shell", "Statistics", "TestSupport", "Usage"],
            path: "Tests/soak",
            swiftSettings: settings
        ),
        tests(of: "YAML"),
        tests(of: "SSH"),
        tests(of: "Statistics"),
        tests(of: "Experiment", ["Statistics", "YAML"]),
        tests(of: "Usage"),
        tests(of: "Shell"),
        tests(of: "Inventory"),
        tests(of: "Prov", ["Digest", "Inventory", "Shell", "Usage", "YAML"]),
        tests(of: "Deployment", ["Inventory", "LoadResult", "SSH", "Shell", "Usage"]),
        tests(of: "Bench", ["LoadResult", "Statistics", "Usage"]),
        tests(
            of: "Reports",
            ["Bench", "Digest", "Experiment", "Shell", "Statistics", "report-benchmark"]
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Bench", "Deployment", "Inventory", "Prov", "ProvCLI", "Shell", "TestSupport",
            ],
            exclude: ["aws", "shells"],
            swiftSettings: settings
        ),
    ]
)
