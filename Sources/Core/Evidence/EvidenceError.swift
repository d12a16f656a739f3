// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why evidence could not be written, read or believed.
package struct EvidenceError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, for metrics.
    package enum Code: String, Sendable {
        /// A note, checkpoint, key, leaf or bundle that is not in its form.
        case malformed
        /// A signature that its key did not make.
        case badSignature
        /// A note that the expected key has not signed.
        case unknownKey
        /// A file whose content is not what was written.
        case damaged
        /// Fewer leaves than were promised.
        case truncated
        /// Two histories where there can be one.
        case forked
        /// Another process writes this log.
        case inUse
        /// More leaves wait than may wait.
        case overloaded
        /// The log has been closed.
        case closed
        /// The disk is full.
        case diskFull
        /// The system refused to read or write.
        case storage
        /// A leaf of more bytes than a log takes.
        case tooLarge
        /// There is no such log, leaf or checkpoint.
        case notFound
    }

    package var code: Code
    package var message: String
    /// The file that it is about.
    package var file: String?
    /// Where in that file, in bytes from its start.
    package var offset: Int?

    package init(_ code: Code, _ message: String, file: String? = nil, offset: Int? = nil) {
        self.code = code
        self.message = message
        self.file = file
        self.offset = offset
    }

    package var description: String {
        let place = [file, offset.map { "byte \($0)" }].compactMap { $0 }.joined(separator: ", ")
        return place.isEmpty ? message : "\(place): \(message)"
    }
}
