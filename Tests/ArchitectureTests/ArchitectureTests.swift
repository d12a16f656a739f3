// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import TestSupport
import Testing

/// The rules, applied to this package.
@Suite struct ArchitectureTests {
    private func packageTargets() throws -> [PackageTarget] {
        let manifest = TestData.packageRoot.appendingPathComponent("Package.swift")
        return try PackageTarget.all(inManifest: String(contentsOf: manifest, encoding: .utf8))
    }

    @Test func `the package keeps to its floors`() throws {
        let targets = try packageTargets()
        var sources: [String: [SourceFile]] = [:]
        for target in targets where target.kind != .systemLibrary {
            let files = try SourceFile.all(below: target.path, of: TestData.packageRoot)
            #expect(!files.isEmpty, "\(target.name) has no source file in \(target.path)")
            sources[target.name] = files
        }
        let violations = Architecture(targets: targets, sources: sources).violations
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
    }

    /// A package with unsafe flags cannot be depended upon.
    @Test func `the manifest holds no unsafe flags`() throws {
        let manifest = TestData.packageRoot.appendingPathComponent("Package.swift")
        #expect(try !String(contentsOf: manifest, encoding: .utf8).contains("unsafeFlags"))
    }

    /// Also shows that the manifest was read to its end: a target that the reader missed leaves its folder without one.
    @Test func `each folder with sources belongs to exactly one target`() throws {
        let targets = try packageTargets()
        for folder in try foldersOfModules() {
            let owners = targets.filter { $0.path == folder || folder.hasPrefix("\($0.path)/") }
            #expect(owners.count == 1, "\(folder) belongs to \(owners.map(\.name))")
        }
        #expect(Set(targets.map(\.name)).count == targets.count)
        #expect(targets.contains { $0.name == "ArchitectureTests" && $0.kind == .test })
    }

    /// `Sources/<floor>/<module>`, and the folders one below `Sources`, `Tests` and `Examples` that hold Swift themselves.
    private func foldersOfModules() throws -> Set<String> {
        var folders: Set<String> = []
        for top in ["Sources", "Tests", "Examples"] {
            let url = TestData.packageRoot.appendingPathComponent(top)
            for case let name as String in try #require(FileManager.default.enumerator(atPath: url.path)) {
                guard name.hasSuffix(".swift") || name.hasSuffix(".modulemap") else { continue }
                let parts = name.split(separator: "/")
                let isOnFloor = top == "Sources" && ArchitectureRules.floors.contains(String(parts[0]))
                folders.insert("\(top)/" + parts.prefix(isOnFloor ? 2 : 1).joined(separator: "/"))
            }
        }
        return folders
    }
}
