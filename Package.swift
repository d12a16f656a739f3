// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// A module of one floor; its sources live in `Sources/<floor>/<name>`.
func module(_ name: String, floor: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(floor)/\(name)", swiftSettings: settings)
}

/// The tests of one module, in `Tests/<name>Tests`.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: dependencies + ["TestSupport"],
        path: "Tests/\(name)Tests",
        swiftSettings: settings
    )
}

/// A C library of the system, described by `Sources/CLibraries/<name>/module.modulemap`.
func systemLibrary(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(
        name: name,
        path: "Sources/CLibraries/\(name)",
        pkgConfig: pkgConfig,
        providers: [.apt([apt])]
    )
}

let package = Package(
    name: "redoubt",
    products: [
        .executable(name: "redoubt", targets: ["redoubt"]),
        .executable(name: "sample-shop", targets: ["SampleShop"]),
        .library(name: "SecLang", targets: ["SecLang"]),
        .library(name: "InjectionDetection", targets: ["InjectionDetection"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.29.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // C libraries
        systemLibrary("CPCRE2", pkgConfig: "libpcre2-8", apt: "libpcre2-dev"),
        systemLibrary("CLibXML2", pkgConfig: "libxml-2.0", apt: "libxml2-dev"),
        systemLibrary("CMaxMindDB", pkgConfig: "libmaxminddb", apt: "libmaxminddb-dev"),
        systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        systemLibrary("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
        .target(name: "CHyperscan", path: "Sources/CLibraries/CHyperscan"),
        systemLibrary("CBrotli", pkgConfig: "libbrotlidec", apt: "libbrotli-dev"),
        systemLibrary("CSystemMemory", apt: "libc6-dev"),
        systemLibrary("CProcess", apt: "libc6-dev"),
        systemLibrary("CFileSystem", apt: "libc6-dev"),
        systemLibrary("CByteSearch", apt: "libc6-dev"),
        .target(
            name: "CSensor",
            path: "Sources/CLibraries/CSensor",
            exclude: ["sensor.bpf.c", "sensor_kernel.h", "embed.sh"],
            linkerSettings: [.linkedLibrary("bpf")]
        ),
        .plugin(name: "KernelPrograms", capability: .buildTool(), path: "Plugins/KernelPrograms"),

        // Core
        module("Bytes", floor: "Core", ["CByteSearch"]),
        module(
            "Matching",
            floor: "Core",
            ["Bytes", "CPCRE2", "CHyperscan", .product(name: "Crypto", package: "swift-crypto")]
        ),
        module("DefenseModel", floor: "Core", ["Bytes"]),
        module("Policy", floor: "Core", ["DefenseModel"]),
        module(
            "Evidence",
            floor: "Core",
            ["Bytes", "DefenseModel", .product(name: "Crypto", package: "swift-crypto")]
        ),
        module("EventBus", floor: "Core", ["DefenseModel"]),
        module(
            "Storage",
            floor: "Core",
            [
                "Bytes", "DefenseModel", "Policy", "Evidence", "EventBus", "CByteSearch", "CFileSystem", "CZstd",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]
        ),
        module(
            "Access",
            floor: "Core",
            [
                "Bytes", "DefenseModel", "Storage",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ]
        ),

        // Engines
        module("Advisories", floor: "Engines", ["Bytes"]),
        module("InjectionDetection", floor: "Engines", ["Bytes"]),
        module(
            "SecLang",
            floor: "Engines",
            [
                "Bytes", "Matching", "DefenseModel", "InjectionDetection", "CLibXML2", "CMaxMindDB",
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        module(
            "FalcoRules",
            floor: "Engines",
            ["Bytes", "Matching", "DefenseModel", "SystemCapture", .product(name: "Yams", package: "Yams")]
        ),
        module("ReportFormats", floor: "Engines", ["Bytes", "CLibXML2"]),
        module(
            "SigmaRules",
            floor: "Engines",
            ["Bytes", "Matching", "DefenseModel", .product(name: "Yams", package: "Yams")]
        ),
        module("Scoring", floor: "Engines", ["Bytes"]),
        module(
            "FindingIdentity",
            floor: "Engines",
            ["Bytes", .product(name: "Crypto", package: "swift-crypto")]
        ),

        module("SystemCapture", floor: "Engines", ["Bytes"]),

        // Capabilities
        module(
            "WebFirewall",
            floor: "Capabilities",
            [
                "Bytes", "Matching", "DefenseModel", "Policy", "Evidence", "EventBus", "Storage", "SecLang", "CProcess",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),

        module(
            "VulnerabilityManagement",
            floor: "Capabilities",
            [
                "Bytes", "DefenseModel", "Storage", "Advisories", "ReportFormats", "FindingIdentity", "Scoring",
                "CZlib",
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),

        .target(
            name: "ThreatDetection",
            dependencies: ["Bytes", "SystemCapture", "FalcoRules", "SigmaRules", "CZlib"],
            path: "Sources/Capabilities/ThreatDetection",
            exclude: ["Packs"],
            swiftSettings: settings
        ),

        // Insight
        module("Incidents", floor: "Insight", ["Bytes", "DefenseModel", "EventBus", "Storage"]),
        module(
            "Correlation",
            floor: "Insight",
            [
                "Bytes", "DefenseModel", "Storage", "VulnerabilityManagement",
                .product(name: "Yams", package: "Yams"),
            ]
        ),

        // Delivery
        .target(
            name: "Sensors",
            dependencies: ["CSensor"],
            path: "Sources/Delivery/Sensors",
            swiftSettings: settings,
            plugins: ["KernelPrograms"]
        ),

        module(
            "Gateway",
            floor: "Delivery",
            [
                "Bytes", "DefenseModel", "CZlib", "CBrotli", "CSystemMemory",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),

        module(
            "Console",
            floor: "Delivery",
            [
                "Bytes", "DefenseModel", "Policy", "Evidence", "EventBus", "Storage", "Access", "Incidents",
                "ReportFormats", "Scoring", "FindingIdentity", "VulnerabilityManagement", "CZlib",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),

        module(
            "Integrations",
            floor: "Delivery",
            [
                "Bytes", "DefenseModel", "EventBus", "Storage", "Access", "Incidents",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),

        // The program
        .executableTarget(
            name: "redoubt",
            dependencies: [
                "Bytes", "Matching", "DefenseModel", "Policy", "Evidence", "EventBus", "Storage", "SecLang",
                "WebFirewall", "Access", "Incidents", "Gateway", "Console", "Integrations", "Advisories",
                "ReportFormats",
                "Scoring", "VulnerabilityManagement", "Correlation", "SystemCapture", "FalcoRules", "SigmaRules",
                "ThreatDetection", "Sensors",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Sources/redoubt",
            swiftSettings: settings
        ),

        // Examples
        .executableTarget(
            name: "SampleShop",
            dependencies: [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Examples/SampleShop",
            swiftSettings: settings
        ),

        // Tests
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .target(
            name: "ConsoleFixtures",
            dependencies: [
                "Access", "Bytes", "Console", "Correlation", "DefenseModel", "EventBus", "Evidence", "Incidents",
                "Policy", "Storage", "VulnerabilityManagement",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/ConsoleFixtures",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ConsoleFixtureServer",
            dependencies: ["Access", "Console", "ConsoleFixtures", "DefenseModel", "Policy"],
            path: "Tests/ConsoleFixtureServer",
            swiftSettings: settings
        ),
        tests("Architecture", []),
        tests("Bytes", ["Bytes", "CByteSearch"]),
        tests("Matching", ["Matching", "Bytes"]),
        tests("DefenseModel", ["DefenseModel"]),
        tests("Policy", ["Policy", "DefenseModel"]),
        tests("Evidence", ["Evidence", "Bytes", "DefenseModel"]),
        tests(
            "Console",
            [
                "Console", "ConsoleFixtures", "Access", "Bytes", "DefenseModel", "Policy", "Storage",
                "VulnerabilityManagement",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        tests("EventBus", ["EventBus"]),
        tests(
            "Storage",
            [
                "Storage", "EventBus", "Bytes", "DefenseModel", "Policy", "Evidence",
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        tests(
            "Access",
            [
                "Access", "Bytes", "DefenseModel", "Storage",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ]
        ),
        tests("Advisories", ["Advisories", "Bytes", .product(name: "Yams", package: "Yams")]),
        tests("InjectionDetection", ["InjectionDetection"]),
        tests("Sensors", ["Sensors", "CSensor", "SystemCapture"]),
        tests("SystemCapture", ["SystemCapture", "CZlib"]),
        tests("FalcoRules", ["FalcoRules", "SystemCapture", "Bytes", "CZlib"]),
        tests("SigmaRules", ["SigmaRules", "Bytes"]),
        tests("Scoring", ["Scoring", "Bytes"]),
        tests("FindingIdentity", ["FindingIdentity", "Bytes"]),
        tests("SecLang", ["SecLang", "Bytes", "DefenseModel", "Matching"]),
        tests("ReportFormats", ["ReportFormats", "Bytes"]),
        tests(
            "WebFirewall",
            [
                "WebFirewall", "Bytes", "DefenseModel", "Policy", "Evidence", "EventBus", "Storage", "Gateway",
                "Matching", "SecLang", "OCSFValidation",
            ]
        ),
        tests(
            "VulnerabilityManagement",
            [
                "VulnerabilityManagement", "Advisories", "Bytes", "CZlib", "DefenseModel", "ReportFormats", "Scoring",
                "Storage",
                "FindingIdentity", .product(name: "Yams", package: "Yams"),
            ]
        ),
        .target(
            name: "OCSFValidation",
            dependencies: ["Bytes"],
            path: "Tests/OCSFValidation",
            exclude: ["ocsf-1.6.0.txt"],
            swiftSettings: settings
        ),
        tests(
            "Integrations",
            [
                "Integrations", "OCSFValidation", "Access", "Bytes", "DefenseModel", "EventBus", "Incidents", "Storage",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        tests("Incidents", ["Incidents", "Bytes", "DefenseModel", "EventBus", "Storage"]),
        tests(
            "Correlation",
            [
                "Correlation", "VulnerabilityManagement", "Incidents", "Bytes", "DefenseModel", "EventBus", "Storage",
            ]
        ),
        tests(
            "Gateway",
            [
                "Gateway", "Bytes", "DefenseModel", "CZlib",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        tests(
            "RedoubtCommand",
            [
                "redoubt", "Access", "DefenseModel", "EventBus", "Evidence", "Gateway", "Incidents", "Integrations",
                "Matching", "SecLang", "Storage", "WebFirewall",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        tests(
            "SampleShop",
            [
                "SampleShop",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
