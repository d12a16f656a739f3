// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SecLang
import Testing

@Suite struct OperatorKernelRangeTests {
    private func outside(_ argument: String, _ value: [UInt8]) throws -> [Int] {
        let set = try ByteRangeSet(argument: Array(argument.utf8))
        return value.withUnsafeBufferPointer { value in
            [set.firstOffsetOutside(in: value) ?? -1, set.countOutside(in: value)]
        }
    }

    @Test func `tells which bytes lie outside the ranges`() throws {
        #expect(try outside("9,10,13,32-126,128-255", Array("a\tb\r\n\u{e9}".utf8)) == [-1, 0])
        #expect(try outside("1-255", [97, 0, 98, 0]) == [1, 2])
        #expect(try outside(" 38 , 44-46", [38, 45, 47]) == [2, 1])
        #expect(try outside("0-255", []) == [-1, 0])
    }

    @Test func `names what is wrong with a byte range`() throws {
        let cases: [(String, Int)] = [
            ("256", 0), ("1,-5", 2), ("1-255,300", 6), ("10-5", 0), ("1,2-999", 4), ("6-y", 0),
        ]
        for (argument, offset) in cases {
            let error = #expect(throws: MalformedArgument.self) { try outside(argument, []) }
            #expect(error?.offset == offset, "\(argument): \(String(describing: error))")
        }
        #expect(try ByteRangeSet(argument: Array("xxx,1-5,0-y".utf8)).unreadableItems == ["xxx", "0-y"])
        #expect(try ByteRangeSet(argument: Array("1-5, 7 ".utf8)).unreadableItems.isEmpty)
    }

    private func contains(_ set: IPRangeSet, _ address: String) -> Bool {
        Array(address.utf8).withUnsafeBufferPointer { set.contains($0) }
    }

    @Test func `matches addresses and networks of both families`() throws {
        let set = try IPRangeSet(
            argument: Array("10.0.0.0/8, 192.0.2.7,2001:db8::/32,::1,10.1.0.0/16,198.51.100.128/25".utf8)
        )
        for address in ["10.1.2.3", "10.255.255.255", "192.0.2.7", "2001:db8:ffff::1", "::1", "198.51.100.255"] {
            #expect(contains(set, address), "\(address)")
        }
        for address in [
            "11.0.0.0", "9.255.255.255", "192.0.2.8", "2001:db9::", "::2", "::ffff:10.0.0.1", "198.51.100.127", "",
            "10.0.0", "10.0.0.1 ", "010.0.0.1", "10.0.0.1\0", "10.0.0.0/8", "fe80::1%eth0", "localhost",
            String(repeating: "1", count: 100),
        ] {
            #expect(!contains(set, address), "\(address)")
        }
        #expect(set.rangeCount == 5)
        #expect(contains(try IPRangeSet(argument: Array("0.0.0.0/0,::/0".utf8)), "255.255.255.255"))
        #expect(contains(try IPRangeSet(argument: Array("::/0".utf8)), "ffff::"))
        #expect(!contains(try IPRangeSet(argument: []), "127.0.0.1"))
    }

    @Test func `agrees with a plain test of every network`() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            let networks = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                (UInt32.random(in: 0...0xFFFF, using: &generator) << 16, Int.random(in: 0...32, using: &generator))
            }
            let argument = networks.map { "\(dotted($0.0))/\($0.1)" }.joined(separator: ",")
            let set = try IPRangeSet(argument: Array(argument.utf8))
            for _ in 0..<20 {
                let address = UInt32.random(in: 0...UInt32.max, using: &generator)
                let expected = networks.contains { network, length in
                    length == 0 || (address ^ network) >> UInt32(32 - length) == 0
                }
                #expect(contains(set, dotted(address)) == expected, "\(dotted(address)) in \(argument)")
            }
        }
    }

    private func dotted(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { String(address >> UInt32($0) & 0xFF) }.joined(separator: ".")
    }

    @Test func `reads a file of addresses`() throws {
        let text = "# list\n10.0.0.0/8\r\n\n  2001:db8::1  # host\n192.0.2.1\n"
        let set = try IPRangeSet(fileText: Array(text.utf8))
        #expect(contains(set, "10.9.9.9") && contains(set, "2001:db8::1") && contains(set, "192.0.2.1"))
        #expect(set.rangeCount == 3)
    }

    @Test func `names what is wrong with an address`() {
        for entry in [
            "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "/8", "example", "::g",
        ] {
            let argument = Array("192.0.2.1,\(entry)".utf8)
            let error = #expect(throws: MalformedArgument.self) { try IPRangeSet(argument: argument) }
            #expect((error?.offset ?? 0) >= 10, "\(entry)")
        }
        let text = Array("10.0.0.0/8\n  10.0.0.256\n".utf8)
        let error = #expect(throws: MalformedArgument.self) { try IPRangeSet(fileText: text) }
        #expect(error?.message == "expected an IP address or network, found \"10.0.0.256\"")
        #expect(error?.position(in: text).line == 2 && error?.position(in: text).column == 3)
    }
}
