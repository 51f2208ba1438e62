// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "histogram-benchmark",
    dependencies: [.package(name: "prov", path: "../..")],
    targets: [
        .executableTarget(
            name: "histogram",
            dependencies: [.product(name: "Histogram", package: "prov")]
        )
    ]
)
