// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Console

@Suite struct TransactionNameTests {
    @Test func `a name begins with its time in hundredths of a second`() {
        #expect(TransactionName.time(of: "1795328039711.779941") == 1_795_328_039_710_000_000)
    }

    @Test(arguments: [
        "", "abc", "12345678901", "999999999999", "999999999999.1", "922337203686", "-00000001000", "+12345678901.2",
        "1795328o39711.1", "1234567890123456789", "١٢٣٤٥٦٧٨٩٠١٢",
    ])
    func `what is no such name, or of no time that can be, has none`(name: String) {
        #expect(TransactionName.time(of: name) == nil)
    }
}
