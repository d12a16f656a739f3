// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why a capture cannot be read on, and where.
package struct CaptureError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of fault; a closed list, fit for metric labels.
    package enum Code: String, Sendable {
        /// The bytes do not begin with a section header of a capture.
        case notACapture
        /// The capture was written on a machine with another byte order.
        case byteOrder
        /// The capture's major version is not known.
        case version
        /// The bytes end within a block.
        case truncated
        /// A block's length is impossible, or not the same at its end.
        case blockLength
        /// A block is larger than is read.
        case tooLarge
        /// An entry of a list is longer than its block, or a text longer than is allowed.
        case entryLength
        /// The lengths in an event do not fit its block.
        case eventLength
    }

    package let code: Code
    /// The place in the unpacked capture, in bytes.
    package let offset: Int
    package let message: String

    init(_ code: Code, at offset: Int, _ message: String) {
        self.code = code
        self.offset = offset
        self.message = message
    }

    package var description: String {
        "offset \(offset): \(message)"
    }
}
