// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation

/// The parts of a `multipart/form-data` body ([RFC 7578](https://www.rfc-editor.org/rfc/rfc7578)).
///
/// Lenient, as upload handlers are: the preamble and malformed parts are skipped.
struct MultipartForm {
    struct Part {
        var name: String
        /// The name that the client gave the file; nil for an ordinary field.
        var fileName: String?
        var content: Data
    }

    private(set) var parts: [Part] = []

    /// The first part with a name.
    subscript(name: String) -> Part? {
        parts.first { $0.name == name }
    }

    /// - Parameters:
    ///   - body: the whole body.
    ///   - contentType: the header with the boundary; without one there are no parts.
    init(body: [UInt8], contentType: String) {
        guard let boundary = Self.parameter("boundary", of: contentType), !boundary.isEmpty else { return }
        let delimiter = Data("--\(boundary)".utf8)
        let body = Data(body)
        guard var position = body.range(of: delimiter)?.upperBound else { return }
        while let next = body.range(of: delimiter, in: position..<body.endIndex) {
            if let part = Self.part(body[position..<next.lowerBound]) {
                parts.append(part)
            }
            position = next.upperBound
        }
    }

    /// One part, from behind its delimiter to before the next: line end, headers, empty line, content, line end.
    private static func part(_ bytes: Data) -> Part? {
        guard let separator = bytes.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<separator.lowerBound], as: UTF8.self)
        let disposition = head.components(separatedBy: "\r\n").first {
            $0.lowercased().hasPrefix("content-disposition:")
        }
        guard let disposition, let name = parameter("name", of: disposition) else { return nil }
        let content = bytes[separator.upperBound...].dropLast(2)
        return Part(name: name, fileName: parameter("filename", of: disposition), content: Data(content))
    }

    /// The value of `; key=value` or `; key="value"` in a header.
    private static func parameter(_ key: String, of header: String) -> String? {
        for field in header.split(separator: ";").dropFirst() {
            let pair = field.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingCharacters(in: .whitespaces).lowercased() == key else { continue }
            return pair[1].trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
        }
        return nil
    }
}
