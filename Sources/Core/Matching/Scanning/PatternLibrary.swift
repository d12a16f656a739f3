// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// All groups of patterns of a rule set, compiled for one backend. Immutable, shared by threads.
///
/// What a scan says about a pattern is told by ``PatternGroup/decision(_:)``. It is relied on only as far as the
/// self-test, which every compilation runs, has confirmed it.
public final class PatternLibrary: Sendable {
    public let groups: [PatternGroup]
    public let backend: ScanBackend
    /// Why the backend is not Hyperscan; nil where it is, or was not wanted.
    public let fallbackReason: String?
    /// What the self-test found. A restored library has that of its compilation.
    public let selfTest: ScanSelfTest
    /// What ``serialized()`` is valid for; see ``key(of:backend:)``.
    public let key: [UInt8]
    let source: ScratchSource

    init(
        groups: [PatternGroup],
        key: [UInt8],
        backend: ScanBackend,
        fallbackReason: String?,
        selfTest: ScanSelfTest,
        source: ScratchSource
    ) {
        self.groups = groups
        self.key = key
        self.backend = backend
        self.fallbackReason = fallbackReason
        self.selfTest = selfTest
        self.source = source
    }

    /// Compiles the groups, and tests them. Takes seconds for hundreds of patterns. It never fails: what a backend
    /// cannot take becomes ``ScanDecision/undecided``.
    public static func compile(
        _ groups: [[ScanPattern]],
        backend choice: ScanBackend.Choice = .automatic
    ) -> PatternLibrary {
        let (backend, reason) = ScanBackend.resolve(choice)
        let source = ScratchSource()
        let compiled = groups.map { patterns in
            switch backend {
            case .hyperscan: HyperscanGroupCompiler.compile(patterns, source: source)
            case .literals: PortableGroupCompiler.compile(patterns, source: source)
            }
        }
        var tester = ScanSelfTester(scratch: ScanScratch(source: source))
        let tested = zip(compiled, groups).enumerated().map { number, pair in
            tester.test(pair.0, number: number, pair.1)
        }
        return PatternLibrary(
            groups: tested,
            key: key(of: groups, backend: choice),
            backend: backend,
            fallbackReason: reason,
            selfTest: tester.report,
            source: source
        )
    }

    /// The memory of all automata, in bytes.
    public var memorySize: Int {
        groups.reduce(0) { $0 + $1.memorySize }
    }

    /// Scratch space for one thread; see ``ScanScratchPool``.
    public func makeScratch() -> ScanScratch {
        ScanScratch(source: source)
    }
}

extension ScanBackend {
    /// The backend for a choice, and why it is not Hyperscan where that was wanted.
    static func resolve(_ choice: Choice) -> (ScanBackend, String?) {
        switch choice {
        case .portable: return (.literals, nil)
        case .automatic, .hyperscan:
            switch Hyperscan.availability {
            case .available(let version): return (.hyperscan(version: version), nil)
            case .unavailable(let reason): return (.literals, reason)
            }
        }
    }
}
