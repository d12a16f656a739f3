// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import FalcoRules

/// Runs rules over audit events of Kubernetes, GitLab or GitHub: JSON documents, one in a line or one in a file.
package struct AuditDetector: ~Copyable {
    private var reader: JSONFieldReader
    private var matcher: RuleMatcher<JSONFieldReader>
    private let timeFields: [String]
    package private(set) var events: UInt64 = 0
    /// Documents that are none, or no events of the source; the first of them is told.
    package private(set) var warnings: [String] = []

    private static let mostWarnings = 20
    /// Real events with secrets and configuration maps exceed the 256 KiB that the API server is asked to keep to.
    package static let largestFile = 1 << 30

    /// - Throws: ``ThreatError/Code/notFound`` for a source that has no audit events.
    package init(source: String, program: RuleProgram) throws(ThreatError) {
        switch source {
        case "k8s_audit":
            reader = .kubernetesAudit()
            timeFields = ["stageTimestamp", "requestReceivedTimestamp"]
        case "gitlab":
            reader = .gitLab()
            timeFields = ["created_at"]
        case "github":
            reader = .gitHub()
            timeFields = ["@timestamp", "created_at"]
        default:
            throw ThreatError(
                .notFound,
                "the source \(source) is unknown; known are syscall, k8s_audit, gitlab, github"
            )
        }
        matcher = RuleMatcher(program)
    }

    /// Takes the events of a file in: a document, a list of Kubernetes events, or a document in each line.
    package mutating func run(_ path: String, _ body: (Alert) throws(ThreatError) -> Void) throws(ThreatError) {
        let bytes = try TextFile.read(path, atMost: Self.largestFile)
        for document in JSONDocuments(bytes) {
            try take(bytes, document, path, body)
        }
    }

    private mutating func take(
        _ bytes: [UInt8],
        _ document: Range<Int>,
        _ path: String,
        _ body: (Alert) throws(ThreatError) -> Void
    ) throws(ThreatError) {
        events += 1
        let time = bytes.withUnsafeBufferPointer { buffer in
            EventMoment.find(timeFields, in: UnsafeBufferPointer(rebasing: buffer[document]))
        }
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: document.count)
        defer { copy.deallocate() }
        _ = copy.initialize(from: bytes[document])
        do throws(JSONError) {
            try reader.read(UnsafeBufferPointer(copy), number: events, time: UInt64(clamping: time ?? 0))
        } catch {
            if warnings.count < Self.mostWarnings {
                warnings.append("\(path): at byte \(document.lowerBound + error.offset): \(error.message)")
            }
            return
        }
        let count = matcher.match(&reader)
        for index in 0..<count {
            try body(matcher.alert(matcher.match(index), time: reader.time, hostname: "", &reader))
        }
    }
}
