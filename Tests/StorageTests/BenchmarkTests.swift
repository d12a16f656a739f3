// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Storage

@Suite struct BenchmarkTests {
    @Test func `the benchmark records and finds all that it made`() async throws {
        let folder = try TestFolder()
        let figures = try await EventStoreBenchmark.run(folder: folder.file("events"), events: 5000)
        #expect(figures.events == 5000)
        #expect(figures.lostEvents == 0)
        #expect((300.0...400.0).contains(figures.bytesPerEvent))
        #expect(figures.diskBytesPerEvent > 0 && figures.recordNanoseconds > 0 && figures.missSeconds > 0)
    }
}
