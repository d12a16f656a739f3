// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
package import Matching
package import SecLang

/// Compiled pattern libraries, kept in a folder because compiling one takes seconds and reading one milliseconds.
///
/// A file's name is the library's key: the patterns, the scanner's version and the processor's features. Files are
/// made with mode 0600 and appear with one rename; one that others may write, or of another owner, is not read.
package struct PatternCache: Sendable {
    /// Where a library came from.
    package enum Origin: String, Sendable {
        case restored, compiled
    }

    /// A library, and what went wrong with its file.
    package struct Result: Sendable {
        package var library: PatternLibrary
        package var origin: Origin
        /// Why the library could not be kept; nil where it was, or was not wanted.
        package var complaint: String?
    }

    private let directory: String?
    private let backend: ScanBackend.Choice

    /// - Parameters:
    ///   - directory: made when it is first needed; nil for compiling each time.
    ///   - backend: what is to scan.
    package init(directory: String?, backend: ScanBackend.Choice = .automatic) {
        self.directory = directory
        self.backend = backend
    }

    /// The folder below a data folder.
    package static func directory(inData data: String?) -> String {
        (data ?? RuleSetStore.defaultDataDirectory) + "/patterns"
    }

    /// The library of a rule set where it is at hand, without compiling anything.
    package func restore(for rules: RuleSet) -> PatternLibrary? {
        restore(key(of: rules))
    }

    /// What tells the library of a rule set from others; equal where the patterns are.
    package func key(of rules: RuleSet) -> [UInt8] {
        PatternLibrary.key(of: rules.scanPatterns, backend: backend)
    }

    /// The library with a key where it is at hand, without compiling anything.
    package func restore(_ key: [UInt8]) -> PatternLibrary? {
        guard let path = path(of: key), let bytes = PatternFolder.read(path) else {
            return nil
        }
        // A file that does not fit any more is replaced by the next compilation.
        return try? PatternLibrary.restored(from: bytes, key: key)
    }

    /// The library of a rule set, compiled and kept where it is not at hand. Takes seconds for the Core Rule Set.
    package func library(for rules: RuleSet) -> Result {
        if let restored = restore(for: rules) {
            return Result(library: restored, origin: .restored)
        }
        let library = PatternLibrary.compile(rules.scanPatterns, backend: backend)
        return Result(library: library, origin: .compiled, complaint: keep(library))
    }

    private func path(of key: [UInt8]) -> String? {
        directory.map { $0 + "/" + key.map { String(format: "%02x", $0) }.joined() + ".patterns" }
    }

    private func keep(_ library: PatternLibrary) -> String? {
        guard let directory, let path = path(of: library.key) else {
            return nil
        }
        do {
            try PatternFolder(path: directory).write(try library.serialized(), to: path)
            return nil
        } catch {
            return "\(directory): \(error)"
        }
    }
}
