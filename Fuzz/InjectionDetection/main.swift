// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import InjectionDetection

/// Feeds bytes to both detections and reads them in every way; libFuzzer calls it, and a crash is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzInjectionDetection(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    let fingerprint = SQLInjection.fingerprint(of: input)
    precondition(fingerprint?.count ?? 1 <= 5, "a fingerprint has one to five letters")
    for quoting in [SQLQuoting.none, .single, .double] {
        for dialect in [SQLDialect.ansi, .mySQL] {
            let folded = SQLInjection.foldedTokens(of: input, quoting: quoting, dialect: dialect)
            precondition(folded.count <= 5, "folding leaves five tokens at most")
        }
    }
    _ = CrossSiteScripting.isDetected(in: input)
    for context in HTMLContext.allCases {
        for token in CrossSiteScripting.tokens(of: input, context: context) {
            precondition(token.start >= 0 && token.length >= 0 && token.start + token.length <= count)
        }
    }
    return 0
}
