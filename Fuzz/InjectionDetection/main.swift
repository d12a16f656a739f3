// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import InjectionDetection

/// Feeds bytes to both detections, reads them in every way and traps where a result is out of bounds.
///
/// Build with `-sanitize=fuzzer,address -parse-as-library`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzInjectionDetection(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)
    let fingerprint = SQLInjection.fingerprint(of: input)
    precondition(fingerprint?.count ?? 1 <= 5, "a fingerprint has one to five letters")
    for quoting in [SQLQuoting.none, .single, .double] {
        for dialect in [SQLDialect.ansi, .mySQL] {
            let folded = SQLInjection.foldedTokens(of: input, quoting: quoting, dialect: dialect)
            let longest = folded.last?.letter == UInt8(ascii: "X") ? 6 : 5
            precondition(folded.count <= longest, "folding leaves five tokens at most")
        }
    }
    _ = CrossSiteScripting.isDetected(in: input)
    for context in HTMLContext.allCases {
        for token in CrossSiteScripting.tokens(of: input, context: context) {
            precondition(token.start >= 0 && token.length >= 0 && token.start + token.length <= input.count)
        }
    }
    return 0
}
