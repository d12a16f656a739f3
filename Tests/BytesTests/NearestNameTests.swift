// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Testing

@Suite struct NearestNameTests {
    @Test(arguments: [("mdoe", "mode"), ("REQUEST_HEDERS", "REQUEST_HEADERS"), ("arg", "ARGS"), ("lisetn", "listen")])
    func `finds the name that was meant`(written: String, meant: String) {
        #expect(NearestName.of(written, in: ["ARGS", "REQUEST_HEADERS", "listen", "mode"]) == meant)
    }

    @Test(arguments: ["xyz", "", "upstream"])
    func `suggests nothing where nothing is close`(written: String) {
        #expect(NearestName.hint(for: written, among: ["ARGS", "listen", "mode"]) == nil)
    }

    @Test func `takes the first in the alphabet of two that are as close`() {
        #expect(NearestName.hint(for: "bad", among: ["bat", "bag"]) == "did you mean bag?")
    }
}
