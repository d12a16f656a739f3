// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// Room for matching while rules are compiled.
final class RegexBox {
    let scratch = RegexScratch(matchLimit: 100_000)

    func matches(_ regex: Regex, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { regex.matches($0, scratch: scratch) }
    }
}
