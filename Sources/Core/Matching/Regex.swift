// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CPCRE2
internal import Synchronization

/// Why a pattern does not compile.
public struct RegexError: Error, Sendable, CustomStringConvertible {
    /// PCRE2's description.
    public var message: String
    /// The offset in the pattern, in bytes, where it was noticed.
    public var offset: Int

    public var description: String { "\(message) at offset \(offset)" }
}

/// A compiled regular expression over bytes (PCRE2, compiled to machine code when it is first used, never in UTF mode).
///
/// Immutable and shared by all threads; what a match needs besides lies in a ``RegexScratch`` of the caller's.
// Sendable: `pcre2_code` is read-only once compiled to machine code, and PCRE2 documents sharing it between threads.
public final class Regex: @unchecked Sendable {
    public struct Options: OptionSet, Sendable, Hashable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// `.` matches line ends too.
        public static let dotMatchesLineEnds = Options(rawValue: 1)
        /// `$` matches at the very end only, not before a final line feed.
        public static let dollarMatchesEndOnly = Options(rawValue: 2)
        /// `^` and `$` match at line ends.
        public static let multiline = Options(rawValue: 4)
        public static let caseless = Options(rawValue: 8)

        var pcre2: UInt32 {
            var flags: UInt32 = 0
            if contains(.dotMatchesLineEnds) { flags |= PCRE2_DOTALL }
            if contains(.dollarMatchesEndOnly) { flags |= PCRE2_DOLLAR_ENDONLY }
            if contains(.multiline) { flags |= PCRE2_MULTILINE }
            if contains(.caseless) { flags |= PCRE2_CASELESS }
            return flags
        }
    }

    /// The outcome of a match.
    public enum Outcome: Sendable, Equatable {
        case noMatch
        /// A match; `groups` is one more than the highest group that took part.
        case match(groups: Int)
        /// The match limit was hit before an answer was found.
        case limitExceeded
        /// PCRE2 failed in another way, with its error code.
        case failed(Int32)
    }

    /// The pattern as it was given.
    public let pattern: [UInt8]
    private let code: OpaquePointer
    private let isMachineCode = Atomic(false)
    /// The same where the pattern is mere text; tells whether there is a match faster.
    private let plainText: PlainText?

    /// - Throws: ``RegexError`` when PCRE2 does not accept the pattern.
    public init(_ pattern: [UInt8], options: Options) throws(RegexError) {
        self.pattern = pattern
        plainText = PlainText(pattern, options: options)
        var errorCode: Int32 = 0
        var errorOffset = 0
        let compiled = pattern.withUnsafeBufferPointer { bytes in
            pcre2_compile_8(bytes.baseAddress, bytes.count, options.pcre2, &errorCode, &errorOffset, nil)
        }
        guard let compiled else {
            throw RegexError(message: Self.message(for: errorCode), offset: errorOffset)
        }
        code = compiled
    }

    public convenience init(_ pattern: String, options: Options) throws(RegexError) {
        try self.init(Array(pattern.utf8), options: options)
    }

    deinit {
        pcre2_code_free_8(code)
    }

    /// Compiles the pattern to machine code before it is first looked for: most patterns of a rule set never are, as a
    /// scan has told that they do not occur, and machine code is most of what a pattern weighs. To be called before where
    /// the first match must not wait for it.
    public func compileToMachineCode() {
        Self.compiling.withLock { _ in
            guard !isMachineCode.load(ordering: .relaxed) else { return }
            // Where the pattern is beyond the compiler's means the interpreter runs it; that is slower, not wrong.
            _ = pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE)
            isMachineCode.store(true, ordering: .releasing)
        }
    }

    /// One at a time is compiled; nobody matches a pattern before it is.
    private static let compiling = Mutex(())

    /// Looks for the first match at or behind `start`; the groups' bounds are left in `scratch`.
    public func firstMatch(
        in bytes: UnsafeBufferPointer<UInt8>,
        from start: Int = 0,
        scratch: RegexScratch
    ) -> Outcome {
        if !isMachineCode.load(ordering: .acquiring) {
            compileToMachineCode()
        }
        let result = withUnsafePointer(to: Self.emptySubject) { empty in
            pcre2_match_8(
                code,
                bytes.baseAddress ?? UnsafeRawPointer(empty).assumingMemoryBound(to: UInt8.self),
                bytes.count,
                start,
                0,
                scratch.matchData,
                scratch.context
            )
        }
        switch result {
        case PCRE2_ERROR_NOMATCH: return .noMatch
        case PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT, PCRE2_ERROR_JIT_STACKLIMIT:
            return .limitExceeded
        case 0: return .match(groups: RegexScratch.maximumGroups)
        case 1...: return .match(groups: Int(result))
        default: return .failed(result)
        }
    }

    /// Whether there is a match; limits and failures count as none.
    public func matches(_ bytes: UnsafeBufferPointer<UInt8>, scratch: RegexScratch) -> Bool {
        if let plainText {
            return plainText.isFound(in: bytes)
        }
        if case .match = firstMatch(in: bytes, scratch: scratch) {
            return true
        }
        return false
    }

    private static let emptySubject: UInt8 = 0

    private static func message(for code: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(code, &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer.prefix(Int(length)), as: UTF8.self) : "PCRE2 error \(code)"
    }
}

/// What matching needs besides the pattern: room for the groups, the limits and the stack.
///
/// One for each thread that matches; it may move to another thread between matches, but is never shared.
// Sendable: it only changes hands, through `RegexScratchPool`'s lock.
public final class RegexScratch: @unchecked Sendable {
    /// How many groups are kept, the whole match included.
    public static let maximumGroups = 32

    let matchData: OpaquePointer?
    let context: OpaquePointer?
    private let stack: OpaquePointer?
    private let offsets: UnsafeMutablePointer<Int>?

    /// - Parameter matchLimit: how much backtracking a match may do before it is given up.
    public init(matchLimit: UInt32 = 10_000) {
        matchData = pcre2_match_data_create_8(UInt32(Self.maximumGroups), nil)
        context = pcre2_match_context_create_8(nil)
        stack = pcre2_jit_stack_create_8(32 * 1024, 1024 * 1024, nil)
        offsets = matchData.flatMap { pcre2_get_ovector_pointer_8($0) }
        setMatchLimit(matchLimit)
        pcre2_jit_stack_assign_8(context, nil, stack.map { UnsafeMutableRawPointer($0) })
    }

    deinit {
        pcre2_jit_stack_free_8(stack)
        pcre2_match_context_free_8(context)
        pcre2_match_data_free_8(matchData)
    }

    public func setMatchLimit(_ limit: UInt32) {
        _ = pcre2_set_match_limit_8(context, limit)
    }

    /// The bounds of a group of the last match, nil where it took no part in it.
    public func group(_ index: Int) -> Range<Int>? {
        guard let offsets, index >= 0, index < Self.maximumGroups else {
            return nil
        }
        let start = offsets[2 * index]
        let end = offsets[2 * index + 1]
        // PCRE2_UNSET is the largest size_t; `\K` in a lookahead may put the start behind the end.
        return start >= 0 && end >= start ? start..<end : nil
    }
}
