// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
internal import Foundation

/// A file that pages need, compiled in. Its address names its content, so that it may be kept for ever.
struct Asset: Sendable {
    let path: String
    let contentType: String
    let bytes: [UInt8]
    let compressed: [UInt8]
    let tag: String

    fileprivate init(_ name: String, _ ending: String, _ contentType: String, _ text: String) {
        bytes = Array(text.utf8)
        compressed = Gzip.compress(bytes)
        let hash = SHA256.hash(data: bytes).prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        path = "/assets/\(name)-\(hash).\(ending)"
        tag = "\"\(hash)\""
        self.contentType = contentType
    }

    static let style = Asset("console", "css", "text/css; charset=utf-8", StyleSheet.text)
    static let script = Asset("console", "js", "text/javascript; charset=utf-8", Script.text)
    static let icon = Asset("redoubt", "svg", "image/svg+xml", Self.picture)
    static let all = [style, script, icon]

    /// A bastion from above.
    static let shape =
        "M12 1 3 4.5v7C3 17 6.8 21.3 12 23c5.2-1.7 9-6 9-11.500v-7L12 1Zm0 3.200 6 2.300v5c0 4-2.500 7-6 8.400V4.200Z"
    private static let picture = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#4a6ee0" d="\(shape)"/></svg>
        """
    static let mark = HTML(trusted: "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"\(shape)\"/></svg>")
}
