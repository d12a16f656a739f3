// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How rules are read where engines differ.
public struct CompileOptions: Sendable {
    /// Whose flags regular expressions get.
    public enum Compatibility: String, Sendable {
        /// ModSecurity v2: `.` matches line ends, `$` the very end only. What the Core Rule Set is written for.
        case v2
        /// ModSecurity v3: `^` and `$` also match at line ends.
        case v3
    }

    public var compatibility: Compatibility
    /// How deep files may include one another.
    public var includeDepth: Int
    /// How many rules may be loaded.
    public var maximumRules: Int
    /// How many bytes one pattern may have.
    public var maximumPatternLength: Int
    /// Makes sure of the programs that rules name; nil where rules may not start any, which is an error of such rules.
    public var programs: ProgramAccess?

    public init(
        compatibility: Compatibility = .v2,
        includeDepth: Int = 20,
        maximumRules: Int = 50_000,
        maximumPatternLength: Int = 65_536,
        programs: ProgramAccess? = nil
    ) {
        self.compatibility = compatibility
        self.includeDepth = includeDepth
        self.maximumRules = maximumRules
        self.maximumPatternLength = maximumPatternLength
        self.programs = programs
    }
}

/// How the compiler gets at files; the engine itself never touches the file system.
public struct RuleFileAccess: Sendable {
    /// Returns a file's bytes, or throws with a reason that fits behind `PATH: `.
    public var read: @Sendable (_ path: String) throws -> [UInt8]
    /// Returns the files that a pattern with `*`, `?` or `[…]` matches, in the order of their names.
    public var expand: @Sendable (_ pattern: String) -> [String]
    /// Whether a file is there.
    public var exists: @Sendable (_ path: String) -> Bool

    public init(
        read: @escaping @Sendable (_ path: String) throws -> [UInt8],
        expand: @escaping @Sendable (_ pattern: String) -> [String],
        exists: @escaping @Sendable (_ path: String) -> Bool
    ) {
        self.read = read
        self.expand = expand
        self.exists = exists
    }

    /// No files at all: every `Include` and `@pmFromFile` fails.
    public static let none = RuleFileAccess(
        read: { _ in throw NoFilesError() },
        expand: { _ in [] },
        exists: { _ in false }
    )

    private struct NoFilesError: Error, CustomStringConvertible {
        var description: String { "files cannot be read here" }
    }
}
