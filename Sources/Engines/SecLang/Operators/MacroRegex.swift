// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching
internal import Synchronization

/// A pattern with macros in it; each text that it expands to is compiled once.
///
/// Settings are what stands in such macros, so there are few texts; where a client can choose them, the cache is
/// emptied rather than left to grow.
final class MacroRegex: Sendable {
    let macro: Macro
    private let compiler: RegexCompiler
    private let compiled = Mutex<[[UInt8]: Regex?]>([:])
    private static let capacity = 64

    init(_ macro: Macro, compiler: RegexCompiler) {
        self.macro = macro
        self.compiler = compiler
    }

    /// The compiled pattern, or nil where it does not compile.
    func regex(for pattern: [UInt8]) -> Regex? {
        compiled.withLock { cache in
            if let known = cache[pattern] {
                return known
            }
            if cache.count >= Self.capacity {
                cache.removeAll(keepingCapacity: true)
            }
            let regex = try? compiler.compile(pattern)
            cache[pattern] = .some(regex)
            return regex
        }
    }
}
