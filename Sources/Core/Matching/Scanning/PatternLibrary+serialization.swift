// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto

/// Why a serialised library cannot be used; compile it anew.
public struct ScanCacheError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable {
        /// The bytes are none of ours, cut short, or changed.
        case damaged
        /// Another version of this program wrote them.
        case otherFormat
        /// They are for other patterns, another library or another processor.
        case otherKey
        /// Hyperscan does not take its databases back.
        case refused
    }

    public var code: Code
    public var message: String

    public var description: String { message }
}

/// The layout: 8 bytes of magic, the format's version (64 bits, as all numbers little endian), the key (32 bytes),
/// SHA-256 of all that precedes and follows it (32 bytes), the payload.
///
/// The hash shows damage, not forgery: whoever may write the file could also compute it, so the file has to be
/// protected like the program.
extension PatternLibrary {
    /// Rises with every change of the layout, and of what compilation makes of a pattern.
    static let formatVersion = 1
    private static let magic = Array("RDBTSCAN".utf8)
    private static let headerSize = 8 + 8 + 32 + 32

    /// The library as bytes, for ``restored(from:key:)``.
    ///
    /// - Throws: ``ScanCacheError`` when Hyperscan cannot write a database.
    public func serialized() throws(ScanCacheError) -> [UInt8] {
        var writer = BinaryWriter()
        switch backend {
        case .hyperscan(let version): writer.append(version)
        case .literals: writer.append("")
        }
        writer.append(fallbackReason ?? "")
        writer.append(UInt64(groups.count))
        for group in groups { try writer.append(group) }
        writer.append(selfTest)
        return Self.sealed(writer.bytes, key: key)
    }

    /// A payload with the header before it.
    static func sealed(_ payload: [UInt8], key: [UInt8]) -> [UInt8] {
        var version = BinaryWriter()
        version.append(UInt64(formatVersion))
        let prefix = magic + version.bytes + key
        return prefix + digest(prefix, payload[...]) + payload
    }

    /// Reads what ``serialized()`` wrote, in a fraction of the time that compilation takes.
    ///
    /// - Parameters:
    ///   - bytes: what was written.
    ///   - key: what ``key(of:backend:)`` says of the patterns that are wanted.
    /// - Throws: ``ScanCacheError`` where the bytes do not fit; they then are of no use.
    public static func restored(from bytes: [UInt8], key: [UInt8]) throws(ScanCacheError) -> PatternLibrary {
        let payload = try checkedPayload(of: bytes, key: key)
        do throws(BinaryReader.Failure) {
            var reader = BinaryReader(payload)
            let version = try reader.string()
            let reason = try reader.string()
            let source = ScratchSource()
            var groups: [PatternGroup] = []
            for _ in 0..<(try reader.count()) {
                groups.append(try reader.group(source))
            }
            let selfTest = try reader.selfTest()
            guard reader.isAtEnd else { throw BinaryReader.Failure() }
            return PatternLibrary(
                groups: groups,
                key: key,
                backend: version.isEmpty ? .literals : .hyperscan(version: version),
                fallbackReason: reason.isEmpty ? nil : reason,
                selfTest: selfTest,
                source: source
            )
        } catch {
            throw ScanCacheError(code: .refused, message: "the databases of the pattern cache are not accepted")
        }
    }

    private static func checkedPayload(of bytes: [UInt8], key: [UInt8]) throws(ScanCacheError) -> ArraySlice<UInt8> {
        guard bytes.count >= headerSize, bytes.starts(with: magic) else {
            throw ScanCacheError(code: .damaged, message: "this is no pattern cache")
        }
        var reader = BinaryReader(bytes[8..<16])
        guard (try? reader.number()) == UInt64(formatVersion) else {
            throw ScanCacheError(code: .otherFormat, message: "the pattern cache is of another version")
        }
        guard bytes[16..<48].elementsEqual(key) else {
            throw ScanCacheError(code: .otherKey, message: "the pattern cache is for other patterns or another machine")
        }
        let payload = bytes[headerSize...]
        guard bytes[48..<headerSize].elementsEqual(digest(Array(bytes[..<48]), payload)) else {
            throw ScanCacheError(code: .damaged, message: "the pattern cache is damaged")
        }
        return payload
    }

    private static func digest(_ head: [UInt8], _ payload: ArraySlice<UInt8>) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: head)
        payload.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return Array(hash.finalize())
    }
}

extension BinaryWriter {
    fileprivate mutating func append(_ group: PatternGroup) throws(ScanCacheError) {
        append(UInt64(group.verdicts.count))
        for verdict in group.verdicts {
            append(UInt64(verdict.trust.rawValue))
            append(verdict.reason)
        }
        append(UInt64(group.engine.databases.count))
        for database in group.engine.databases {
            do {
                append(try database.serialized())
            } catch {
                throw ScanCacheError(code: .refused, message: "a database cannot be written: \(error.message)")
            }
        }
        let sets = group.engine.automaton?.sets ?? []
        append(UInt64(sets.count))
        for set in sets { append(set) }
    }

    fileprivate mutating func append(_ report: ScanSelfTest) {
        append(UInt64(report.patterns))
        append(UInt64(report.passed))
        append(UInt64(report.scans))
        for findings in [report.failed, report.undecided, report.supersets] {
            append(UInt64(findings.count))
            for finding in findings {
                append(UInt64(finding.group))
                append(UInt64(finding.pattern))
                append(finding.decision.rawValue)
                append(finding.reason)
            }
        }
    }
}

extension BinaryReader {
    fileprivate mutating func group(_ source: ScratchSource) throws(Failure) -> PatternGroup {
        var verdicts: [PatternVerdict] = []
        for _ in 0..<(try count()) {
            guard let raw = UInt8(exactly: try number()), let trust = PatternVerdict.Trust(rawValue: raw) else {
                throw Failure()
            }
            verdicts.append(PatternVerdict(trust: trust, reason: try string()))
        }
        var databases: [HyperscanDatabase] = []
        for _ in 0..<(try count()) {
            let bytes = try slice()
            guard case .available = Hyperscan.availability, let database = try? HyperscanDatabase(serialized: bytes)
            else { throw Failure() }
            databases.append(database)
        }
        var sets: [[[UInt8]]] = []
        for _ in 0..<(try count()) { sets.append(try texts()) }
        guard sets.isEmpty || sets.count == verdicts.count else { throw Failure() }
        let engine = GroupEngine(
            count: verdicts.count,
            databases: databases,
            automaton: sets.isEmpty ? nil : LiteralAutomaton(sets),
            source: source
        )
        return PatternGroup(engine: engine, verdicts: verdicts)
    }

    fileprivate mutating func selfTest() throws(Failure) -> ScanSelfTest {
        var report = ScanSelfTest()
        report.patterns = Int(clamping: try number())
        report.passed = Int(clamping: try number())
        report.scans = Int(clamping: try number())
        report.failed = try findings()
        report.undecided = try findings()
        report.supersets = try findings()
        return report
    }

    private mutating func findings() throws(Failure) -> [ScanSelfTest.Finding] {
        var findings: [ScanSelfTest.Finding] = []
        for _ in 0..<(try count()) {
            let group = Int(clamping: try number())
            let pattern = Int(clamping: try number())
            guard let decision = ScanDecision(rawValue: try string()) else { throw Failure() }
            findings.append(.init(group: group, pattern: pattern, decision: decision, reason: try string()))
        }
        return findings
    }
}
