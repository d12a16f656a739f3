// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@Suite struct ManifestParserTests {
    @Test func `targets are read with kind, path and dependencies`() throws {
        let targets = try PackageTarget.all(
            inManifest: """
                import PackageDescription
                func module(_ name: String) -> Target { .target(name: name, path: "Sources/\\(name)") }
                let package = Package(
                    name: "x", // a comment, with "quotes"
                    products: [.library(name: "A", targets: ["A"])],
                    targets: [
                        module("A", floor: "Core", ["B", .product(name: "Crypto", package: "swift-crypto")]),
                        module("B", floor: "Core"),
                        systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
                        .target(name: "COwn", path: "Sources/CLibraries/COwn"),
                        .executableTarget(name: "x", dependencies: ["A"], path: "Sources/x", swiftSettings: settings),
                        tests("A", ["A"]),
                    ],
                    swiftLanguageModes: [.v6]
                )
                """
        )
        #expect(
            targets == [
                .init(name: "A", kind: .library, path: "Sources/Core/A", dependencies: ["B", "Crypto"]),
                .init(name: "B", kind: .library, path: "Sources/Core/B", dependencies: []),
                .init(name: "CZlib", kind: .systemLibrary, path: "Sources/CLibraries/CZlib", dependencies: []),
                .init(name: "COwn", kind: .systemLibrary, path: "Sources/CLibraries/COwn", dependencies: []),
                .init(name: "x", kind: .executable, path: "Sources/x", dependencies: ["A"]),
                .init(name: "ATests", kind: .test, path: "Tests/ATests", dependencies: ["A", "TestSupport"]),
            ]
        )
    }

    @Test(arguments: [
        "", "let package = Package(name: \"x\")", "let package = Package(targets: [odd(\"A\")])",
        "let package = Package(targets: core + [])", "let package = Package(targets: [module(name, floor: \"Core\")])",
        "let package = Package(targets: [module(\"A\", floor: \"Core\", common)])",
        "let package = Package(targets: [module(\"A\", floor: \"Core\", [common])])",
        "let package = Package(targets: [",
    ])
    func `what is not understood is an error`(manifest: String) {
        #expect(throws: ManifestError.self) { try PackageTarget.all(inManifest: manifest) }
    }
}
