// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SecLang

/// Parses any bytes as XML and selects what the core rule set selects, and more.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzXMLBody(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let body = XMLBody(UnsafeBufferPointer(start: data, count: size), limits: XMLLimits(maxNodes: 5000))
    for xpath in ["/*", "//@*", "//* | //text() | //comment() | //processing-instruction()", "//namespace::*"] {
        do {
            let values = try body.values(xpath: xpath)
            let total = values.reduce(0) { $0 + $1.count }
            precondition(total <= max(1 << 20, 16 * size))
            let again = try body.values(xpath: xpath)
            precondition(again == values)
        } catch {
            precondition(error.code == .size || error.code == .count)
        }
    }
    return 0
}
