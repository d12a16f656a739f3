// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension [UInt8] {
    /// A copy with `A` to `Z` lower-cased.
    func asciiLowercased() -> [UInt8] {
        map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    /// The bytes as text; what is not UTF-8 becomes U+FFFD.
    var lossyText: String { String(decoding: self, as: UTF8.self) }
}
