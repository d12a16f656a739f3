// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why an advisory, a version, a purl or a range could not be read.
public struct AdvisoryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure; few enough to be a metric's label.
    public enum Code: String, Sendable {
        case unknownEcosystem
        case badVersion
        case badPackageURL
        case badRange
        case badRecord
        case badCPE
        case tooLarge
    }

    public var code: Code
    /// What is wrong, for people.
    public var message: String
    /// Where: the index of a byte in the text, where one is known.
    public var offset: Int?

    public init(_ code: Code, _ message: String, offset: Int? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
    }

    public var description: String {
        offset.map { "\(message) (byte \($0))" } ?? message
    }
}
