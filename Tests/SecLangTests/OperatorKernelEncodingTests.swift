// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SecLang
import Testing

@Suite struct OperatorKernelEncodingTests {
    @Test(arguments: [
        ("%", URLEncodingValidation.Fault.notEnoughCharacters, 0), ("a%4", .notEnoughCharacters, 1),
        ("%41%zz", .nonHexadecimalDigits, 3), ("%%41", .nonHexadecimalDigits, 0),
    ])
    func `names the fault of an escape`(text: String, fault: URLEncodingValidation.Fault, offset: Int) {
        let found = Array(text.utf8).withUnsafeBufferPointer { URLEncodingValidation.firstFault(in: $0) }
        #expect(found?.fault == fault && found?.offset == offset)
    }

    @Test(arguments: [
        ([0xC3], UTF8Validation.Fault.notEnoughBytes, 0), ([0x61, 0xE2, 0x82], .notEnoughBytes, 1),
        ([0xC3, 0x28], .invalidByte, 0), ([0xF0, 0x9F, 0x98, 0x28], .invalidByte, 0), ([0x80], .invalidByte, 0),
        ([0xFF], .invalidByte, 0), ([0xC0, 0x80], .overlong, 0), ([0xE0, 0x80, 0xAF], .overlong, 0),
        ([0xF0, 0x80, 0x80, 0xAF], .overlong, 0), ([0xED, 0xA0, 0x80], .restricted, 0),
        ([0xF4, 0x90, 0x80, 0x80], .restricted, 0), ([0x61, 0xF5, 0x80, 0x80, 0x80], .restricted, 1),
    ])
    func `names the fault of a character`(bytes: [UInt8], fault: UTF8Validation.Fault, offset: Int) {
        let found = bytes.withUnsafeBufferPointer { UTF8Validation.firstFault(in: $0) }
        #expect(found?.fault == fault && found?.offset == offset)
    }

    @Test func `agrees with the standard library on what UTF-8 is`() {
        var generator = SeededGenerator(seed: 3)
        let pieces: [[UInt8]] = [
            [0x61], [0xC3, 0xA9], [0xE2, 0x82, 0xAC], [0xF0, 0x9F, 0x98, 0x80], [0x80], [0xC3], [0xED, 0xA0, 0x80],
            [0xC0, 0xAF], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x90], [0xE0, 0x9F, 0xBF], [0x00],
        ]
        for _ in 0..<3_000 {
            let bytes = (0..<Int.random(in: 0...4, using: &generator)).flatMap { _ in
                pieces.randomElement(using: &generator) ?? []
            }
            let isValid = bytes.withUnsafeBufferPointer { UTF8Validation.firstFault(in: $0) == nil }
            #expect(isValid == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
        }
    }
}
