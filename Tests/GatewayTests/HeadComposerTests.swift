// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import NIOCore
import Testing

@testable import Gateway

@Suite struct `Composing heads` {
    @Test(arguments: [0, 1, 20, 21, 22, 4096])
    func `a head is whole whatever its size was guessed at`(_ estimate: Int) {
        var buffer = ByteBuffer(string: "before ")
        buffer.composeHead(estimate: estimate) { head in
            head.append("Name")
            head.append(string: ": väl")
            head.append(bytes: Array("ue ".utf8))
            head.append(decimal: 1024)
            let tail = Array("[rest]".utf8)
            tail.withUnsafeBufferPointer { head.append($0, 1..<5) }
        }
        #expect(String(buffer: buffer) == "before Name: välue 1024rest")
    }

    @Test func `a head that is longer than any guess is composed too`() {
        let long = String(repeating: "x", count: 100_000)
        var buffer = ByteBuffer()
        buffer.composeHead(estimate: 16) { $0.append(string: long) }
        #expect(String(buffer: buffer) == long)
    }

    @Test func `an empty head is nothing`() {
        var buffer = ByteBuffer()
        buffer.composeHead(estimate: 0) { _ in }
        #expect(buffer.readableBytes == 0)
    }

    @Test(arguments: [0, 9, 10, 1_000_000_007, Int.max])
    func `numbers are written in decimal`(_ number: Int) {
        var buffer = ByteBuffer()
        buffer.composeHead(estimate: 32) { $0.append(decimal: number) }
        #expect(String(buffer: buffer) == String(number))
    }
}
