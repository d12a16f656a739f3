// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SecLang
import Testing

@Suite struct OperatorKernelNumberTests {
    @Test func `reads numbers as atoi does, without wrapping around`() {
        let cases: [(String, Int64)] = [
            ("", 0), ("42", 42), (" \t\n-7x", -7), ("+3", 3), ("+-3", 0), ("x1", 0), ("007", 7), ("1e3", 1), ("-", 0),
            ("4294967297", 4_294_967_297), ("99999999999999999999", .max), ("-99999999999999999999", .min),
            ("-9223372036854775808", .min), ("9223372036854775807", .max),
        ]
        for (text, number) in cases {
            #expect(IntegerComparison.number(Array(text.utf8)) == number, "\(text)")
        }
    }

    @Test func `compares by relation`() {
        #expect(IntegerComparison.greater.holds(2, 1) && !IntegerComparison.greater.holds(1, 1))
        #expect(IntegerComparison.less.holds(-1, 0) && IntegerComparison.lessOrEqual.holds(0, 0))
        #expect(IntegerComparison.greaterOrEqual.holds(0, 0) && !IntegerComparison.equal.holds(0, 1))
    }

    private func accepts(_ kind: NumberVerification, _ text: String) -> Bool {
        Array(text.utf8).withUnsafeBufferPointer { kind.accepts($0) }
    }

    @Test func `verifies payment cards`() {
        #expect(accepts(.paymentCard, "5484-6050-8915-8216"))
        #expect(accepts(.paymentCard, "4556324125126"))
        #expect(!accepts(.paymentCard, "5484605089158217"))
        #expect(!accepts(.paymentCard, "no digits"))
        #expect(!accepts(.paymentCard, ""))
    }

    @Test func `verifies CPF numbers`() {
        #expect(accepts(.cpf, "010.817.514-60"))
        #expect(accepts(.cpf, "52998224725"))
        #expect(!accepts(.cpf, "52998224735") && !accepts(.cpf, "52998224726"))
        #expect(!accepts(.cpf, "010.817"))
        #expect(!accepts(.cpf, "111.111.111-11") && !accepts(.cpf, "01234567890"))
    }

    @Test func `verifies social security numbers`() {
        #expect(accepts(.socialSecurity, "574-57-8065"))
        for text in [
            "800-57-8065", "123-45-6789", "111-11-1111", "666-12-3456", "000-12-3456", "574-00-8065", "574-57-0000",
            "574-57-806", "574-57-80651",
        ] {
            #expect(!accepts(.socialSecurity, text), "\(text)")
        }
    }

    @Test func `verifies Austrian insurance numbers`() {
        #expect(accepts(.svnr, "1237010180") && accepts(.svnr, "1237 010180"))
        #expect(!accepts(.svnr, "1238010180") && !accepts(.svnr, "0100817"))
        #expect(!accepts(.svnr, "1234567890") && !accepts(.svnr, "0000000000"))
    }
}
