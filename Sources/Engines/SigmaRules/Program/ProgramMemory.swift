// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The tables of a program, which stay where they are as long as it lives.
///
/// Matching goes through tables by raw pointers: arrays would be counted and checked at every step of it. All indexes
/// into a table come from another table of the same program, never from an event.
final class ProgramMemory: @unchecked Sendable {
    // Sendable: only the builder writes, before anybody else has the program.
    private var blocks: [UnsafeMutableRawPointer] = []
    private(set) var byteCount = 0

    /// Copies an array to a place that lives as long as this.
    func keep<Element: BitwiseCopyable>(_ array: [Element]) -> UnsafePointer<Element> {
        let size = max(1, array.count * MemoryLayout<Element>.stride)
        let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        blocks.append(block)
        byteCount += size
        let typed = block.bindMemory(to: Element.self, capacity: max(1, array.count))
        array.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { typed.update(from: base, count: source.count) }
        }
        return UnsafePointer(typed)
    }

    deinit {
        for block in blocks { block.deallocate() }
    }
}

/// What is known once a literal was found.
struct LiteralOutput: BitwiseCopyable {
    /// The predicate that holds.
    var predicate: UInt32
    /// Where the literal stands in the program's cased texts, which the value is compared with; none where the case of
    /// letters does not matter.
    var casedText: UInt32
    var casedCount: UInt32

    static let caseless = UInt32.max
}

/// A literal and the predicate that it satisfies.
struct BoundLiteral {
    var literal: TextLiteral
    var predicate: Int
}

/// The bits of the predicates that hold, while an event is looked at.
struct PredicateBits {
    let words: UnsafeMutablePointer<UInt64>

    @inline(__always)
    func set(_ predicate: UInt32) {
        words[Int(predicate >> 6)] |= 1 << UInt64(predicate & 63)
    }

    @inline(__always)
    func holds(_ predicate: UInt32) -> Bool {
        words[Int(predicate >> 6)] & 1 << UInt64(predicate & 63) != 0
    }

    /// Sets what a literal that was found satisfies.
    ///
    /// - Parameters:
    ///   - start: the place in the value where the literal begins.
    ///   - texts: the program's cased texts.
    @inline(__always)
    func set(_ output: LiteralOutput, at start: UnsafePointer<UInt8>, _ texts: UnsafePointer<UInt8>) {
        if output.casedText != LiteralOutput.caseless {
            for index in 0..<Int(output.casedCount) where start[index] != texts[Int(output.casedText) + index] {
                return
            }
        }
        set(output.predicate)
    }
}

/// Literals of the same kind and slot, grouped by text, and their outputs.
struct LiteralGroups {
    private(set) var texts: [[UInt8]] = []
    private(set) var outputs: [[LiteralOutput]] = []

    /// - Parameter casedTexts: grows by the texts of cased literals.
    init(_ literals: [BoundLiteral], casedTexts: inout [UInt8]) {
        var indexOfText: [[UInt8]: Int] = [:]
        for bound in literals {
            let folded = ASCIIFolding.fold(bound.literal.bytes)
            let index = indexOfText[folded] ?? texts.count
            if index == texts.count {
                indexOfText[folded] = index
                texts.append(folded)
                outputs.append([])
            }
            var output = LiteralOutput(
                predicate: UInt32(bound.predicate),
                casedText: LiteralOutput.caseless,
                casedCount: UInt32(folded.count)
            )
            if bound.literal.isCased {
                output.casedText = UInt32(casedTexts.count)
                casedTexts += bound.literal.bytes
            }
            outputs[index].append(output)
        }
    }
}
