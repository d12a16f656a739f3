// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import FalcoRules
internal import SystemCapture

/// The events of a capture that a condition chooses, as JSON.
package struct CaptureListing: ~Copyable {
    private var walk: CaptureWalk
    private var reader: SystemFieldReader
    private var matcher: RuleMatcher<SystemFieldReader>
    /// Events that were chosen.
    package private(set) var count = 0

    /// The fields that are told of each event, as far as it has them.
    private static let fields = [
        "evt.num", "evt.type", "evt.dir", "evt.cpu", "evt.res", "evt.args", "thread.tid", "proc.pid", "proc.name",
        "proc.exe",
        "proc.exepath", "proc.cmdline", "proc.cwd", "proc.ppid", "proc.pname", "user.uid", "user.name", "fd.num",
        "fd.type",
        "fd.name", "container.id",
    ]

    /// - Parameter condition: as rules have it; nil for all events.
    /// - Throws: ``ThreatError/Code/invalid`` for a condition that cannot be compiled.
    package init(_ path: String, condition: String?) throws(ThreatError) {
        let output = Self.fields.map { "%\($0)" }.joined(separator: " ")
        var text = JSONWriter()
        text.string(condition ?? "evt.num > 0")
        // A text of JSON is one of YAML.
        let rules = FalcoRuleFiles(
            text: """
                - rule: events
                  desc: events
                  condition: \(String(decoding: text.bytes, as: UTF8.self))
                  output: "\(output)"
                  priority: DEBUG
                """,
            name: "filter"
        )
        guard rules.isSuccessful, let program = rules.program(of: "syscall") else {
            let message = rules.results.first?.errors.first?.message ?? "the condition is not understood"
            throw ThreatError(.invalid, "the filter: \(message)")
        }
        walk = try CaptureWalk(path)
        reader = SystemFieldReader(catalogue: FalcoRuleFiles.sources[0], state: walk.replay.state)
        matcher = RuleMatcher(program)
    }

    /// Goes on to the next event that is chosen.
    ///
    /// - Parameter isTold: whether its fields are wanted, or only that it is there.
    /// - Returns: a JSON object, empty where only the number is wanted; nil at the end.
    package mutating func next(isTold: Bool = true) throws(ThreatError) -> [UInt8]? {
        while try walk.next() {
            let event = walk.replay.event
            reader.move(to: event)
            guard matcher.match(&reader) > 0 else { continue }
            count += 1
            guard isTold else { return [] }
            let alert = matcher.alert(0, time: event.time, hostname: "", &reader)
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("evt.time.ns")
            writer.number(Int(clamping: event.time))
            for (name, json) in alert.fields where name != "evt.time" {
                writer.key(name)
                writer.raw(json)
            }
            writer.endObject()
            return writer.bytes
        }
        return nil
    }
}
