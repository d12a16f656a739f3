// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CHyperscan

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// One expression of a database; expressions with the same identifier count as one pattern.
struct HyperscanExpression: Sendable {
    var text: [UInt8]
    var flags: UInt32
    var identifier: UInt32
}

struct HyperscanError: Error {
    var message: String
    /// The index of the expression that was refused, where it is one in particular.
    var expression: Int?

    static func code(_ code: Int32) -> Self {
        Self(message: "Hyperscan error \(code)")
    }
}

/// A compiled set of expressions. Immutable; only made where ``Hyperscan/availability`` allows.
// Sendable: Hyperscan documents that threads may share a database.
final class HyperscanDatabase: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Compiles regular expressions; none of them may hold a NUL.
    convenience init(_ expressions: [HyperscanExpression]) throws(HyperscanError) {
        try self.init(expressions) { texts, flags, identifiers, _, count, database, error in
            chs_compile_multi(texts, flags, identifiers, count, &database, &error)
        }
    }

    /// Compiles literal bytes.
    convenience init(literals: [HyperscanExpression]) throws(HyperscanError) {
        try self.init(literals) { texts, flags, identifiers, lengths, count, database, error in
            chs_compile_literals(texts, flags, identifiers, lengths, count, &database, &error)
        }
    }

    private typealias Compile = (
        [UnsafePointer<CChar>?], [UInt32], [UInt32], [Int], UInt32, inout OpaquePointer?,
        inout UnsafeMutablePointer<chs_compile_error>?
    ) -> Int32

    private init(_ expressions: [HyperscanExpression], with compile: Compile) throws(HyperscanError) {
        var text: [CChar] = []
        var offsets: [Int] = []
        for expression in expressions {
            offsets.append(text.count)
            text += expression.text.map { CChar(bitPattern: $0) } + [0]
        }
        var database: OpaquePointer?
        var error: UnsafeMutablePointer<chs_compile_error>?
        let code = text.withUnsafeBufferPointer { text in
            compile(
                offsets.map { offset in text.baseAddress.map { $0 + offset } },
                expressions.map(\.flags),
                expressions.map(\.identifier),
                expressions.map(\.text.count),
                UInt32(expressions.count),
                &database,
                &error
            )
        }
        defer {
            if let error { chs_free_compile_error(error) }
        }
        guard code == 0, let database else {
            guard let error else { throw HyperscanError.code(code) }
            let index = Int(error.pointee.expression)
            throw HyperscanError(
                message: error.pointee.message.map { String(cString: $0) } ?? "no reason given",
                expression: index >= 0 ? index : nil
            )
        }
        pointer = database
    }

    /// Reads what ``serialized()`` wrote.
    init(serialized bytes: ArraySlice<UInt8>) throws(HyperscanError) {
        var database: OpaquePointer?
        let code = bytes.withUnsafeBytes { bytes in
            chs_deserialize(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &database)
        }
        guard code == 0, let database else { throw HyperscanError.code(code) }
        pointer = database
    }

    deinit {
        chs_free_database(pointer)
    }

    var memorySize: Int {
        var size = 0
        return chs_database_size(pointer, &size) == 0 ? size : 0
    }

    func serialized() throws(HyperscanError) -> [UInt8] {
        var bytes: UnsafeMutablePointer<CChar>?
        var length = 0
        let code = chs_serialize(pointer, &bytes, &length)
        guard code == 0, let bytes else { throw HyperscanError.code(code) }
        defer { free(bytes) }
        return Array(UnsafeRawBufferPointer(start: bytes, count: length))
    }
}
