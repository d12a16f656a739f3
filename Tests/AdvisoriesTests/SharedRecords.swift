// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Bytes
import Foundation
import TestSupport

/// Reads the shared test data of vulnerability management.
enum SharedRecords {
    static func file(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: TestData.url("vuln/\(path)")))
    }

    static func json(_ path: String) throws -> JSONValue {
        try JSONReader.read(file(path))
    }

    /// The names of the files of a folder that end in `ending`, sorted.
    static func names(_ folder: String, ending: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: TestData.url("vuln/\(folder)").path)
            .filter { $0.hasSuffix(ending) }
            .sorted()
    }

    /// The lines `A op B` of a file of versions; empty ones and comments are left out.
    static func comparisons(_ file: String) throws -> [Comparison] {
        let text = String(decoding: try self.file("versions/\(file)"), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ").map(String.init)
            guard !line.hasPrefix("# "), !line.hasPrefix("// "), fields.count == 3 else {
                return nil
            }
            return Comparison(left: fields[0], symbol: fields[1], right: fields[2])
        }
    }

    struct Comparison {
        var left: String
        var symbol: String
        var right: String
    }

    /// The tests of a file of the vers or purl suite.
    static func suite(_ path: String) throws -> [JSONValue] {
        try json(path)["tests"]?.elements ?? []
    }
}

/// A small generator of pseudo-random numbers, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed &+ 0x9E37_79B9_7F4A_7C15
    }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var value = state
        value ^= value >> 33
        value = value &* 0xFF51_AFD7_ED55_8CCD
        value ^= value >> 33
        return value
    }
}
