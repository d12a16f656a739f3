// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

// The reader of benchmark corpora.

import WebFirewall

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCorpus(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    do {
        let corpus = try BenchmarkCorpus(input)
        precondition(corpus.records.count * 23 <= input.count, "a record is shorter than its lengths")
    } catch {
        precondition(error.offset <= input.count, "an error lies behind the end")
    }
    return 0
}
