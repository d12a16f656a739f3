// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import InjectionDetection
import Testing

/// Inputs made to stop, crash or slow down the detection.
struct HostileInputTests {
    /// Units that repeat until an input is long; each once made some implementation slow or recurse.
    static let units = [
        "select.", "select`", "/", "/ /", "\\\\", "\\'", "''", "'", "\"", "`", "$a", "$a$",
        "$aaaaaaaaaaaaaaaaaaaaaaaa$", "(", ")", "{a ", "1,", "1+", "-1,", "and ", "n.n", "@@", "/*", "/*/",
        "*/", "--\n", "#\n", "q'(", "nq'[", "x'1", "[", "]", "1e", ".", "\0", " ", "<", "<a ", "</", "<!",
        "<!--", "-\0", "--!", "<%", "%", "<![CDATA[", "]]", "a=", "a='", "a/", "<a href=&#0", "&#x", "&#0;",
        "<a href=java\n", "on", "\u{ff}", "1,-1", "union all ", "in boolean ",
    ]

    @Test(arguments: units)
    func `takes time linear in the input's length`(unit: String) {
        let small = cost(of: unit, length: 4_000)
        let large = cost(of: unit, length: 64_000)
        // Sixteen times the bytes; quadratic work would take 256 times as long.
        #expect(large < max(small, 250_000) * 64, "\(small) ns for 4,000 bytes, \(large) ns for 64,000")
    }

    /// The nanoseconds of processor time for an input of so many bytes, the best of three.
    private func cost(of unit: String, length: Int) -> UInt64 {
        let input = Array(repeating: Array(unit.utf8), count: length / unit.utf8.count + 1).flatMap { $0 }
        return input.withUnsafeBufferPointer { bytes in
            (0..<3).map { _ in
                let start = Self.processorTime()
                _ = SQLInjection.fingerprint(of: bytes)
                _ = CrossSiteScripting.isDetected(in: bytes)
                return Self.processorTime() - start
            }.min() ?? 0
        }
    }

    /// The processor time of this thread in nanoseconds, which other processes don't disturb.
    private static func processorTime() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    @Test func `survives any bytes`() {
        var random = SplitMix64(state: 42)
        for _ in 0..<30_000 {
            detect((0..<random.below(40)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        }
    }

    @Test func `survives every input of two bytes and every cut of a long one`() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                detect([first, second])
            }
        }
        let input = Array(
            "1' <a href=&#x6a; q'(a)' $t$ u&'a' <!--x--> x'0f' /*a*/ \\N @`a` [b] 1.5e+3d <![CDATA[ ]]> onclick=".utf8
        )
        for start in input.indices {
            for end in start...input.count {
                detect(Array(input[start..<end]))
            }
        }
    }

    @Test func `takes a buffer without an address`() {
        let empty = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        #expect(SQLInjection.fingerprint(of: empty) == nil)
        #expect(!CrossSiteScripting.isDetected(in: empty))
    }

    private func detect(_ input: [UInt8]) {
        input.withUnsafeBufferPointer { bytes in
            _ = SQLInjection.fingerprint(of: bytes)
            _ = CrossSiteScripting.isDetected(in: bytes)
        }
    }
}
