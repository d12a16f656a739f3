// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension Transaction {
    /// A macro's text as bytes of its own.
    mutating func expand(_ macro: Macro) -> [UInt8] {
        if let literal = macro.literal {
            return literal
        }
        return arena.array(expandToArena(macro))
    }

    /// An operator's argument; where macros change it, logs show the changed one.
    mutating func expandArgument(_ macro: Macro) -> ByteRange {
        let range = expandToArena(macro)
        if macro.literal == nil {
            matchScratch.expandedArgument = range
        }
        return range
    }

    /// A macro's text as a range of the arena.
    mutating func expandToArena(_ macro: Macro) -> ByteRange {
        if let literal = macro.literal {
            return arena.append(literal)
        }
        // First the values, which may themselves append to the arena, then the text in one piece.
        return withUnsafeTemporaryAllocation(of: ByteRange.self, capacity: macro.segments.count) { pieces in
            var length = 0
            for (index, segment) in macro.segments.enumerated() {
                let piece: ByteRange
                switch segment {
                case .literal(let bytes): piece = arena.append(bytes)
                case .variable(let target): piece = firstValue(of: target) ?? .empty
                }
                pieces.initializeElement(at: index, to: piece)
                length += piece.count
            }
            return joined(UnsafeBufferPointer(pieces), min(length, Self.maximumMacroLength))
        }
    }

    private mutating func joined(_ pieces: UnsafeBufferPointer<ByteRange>, _ length: Int) -> ByteRange {
        if pieces.count == 1 {
            return pieces[0]
        }
        _ = arena.reserve(length)
        let start = arena.count
        for piece in pieces {
            let room = length - (arena.count - start)
            _ = arena.append(copyOf: ByteRange(offset: Int(piece.offset), length: min(piece.count, room)))
        }
        return ByteRange(offset: start, length: length)
    }

    /// How long a macro's text may become.
    private static var maximumMacroLength: Int { 1 << 20 }

    /// The first value of a target; nil where there is none.
    mutating func firstValue(of target: Target) -> ByteRange? {
        if target.slot >= 0 {
            return txText(target.slot)
        }
        var list: [ValueReference] = []
        swap(&list, &macroReferences)
        list.removeAll(keepingCapacity: true)
        collect(target, into: &list)
        let value = list.first?.bytes
        swap(&list, &macroReferences)
        return value
    }
}
