// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import FalcoRules
package import SystemCapture

/// Runs rules over the events of a capture.
package struct CaptureDetector: ~Copyable {
    private var walk: CaptureWalk
    private var reader: SystemFieldReader
    private var matcher: RuleMatcher<SystemFieldReader>
    private let program: RuleProgram
    /// Events that rules saw.
    package private(set) var events = 0
    /// Alerts so far.
    package private(set) var alerts = 0

    package init(_ path: String, program: RuleProgram) throws(ThreatError) {
        walk = try CaptureWalk(path)
        self.program = program
        reader = SystemFieldReader(catalogue: FalcoRuleFiles.sources[0], state: walk.replay.state)
        matcher = RuleMatcher(program)
    }

    /// Event blocks of the capture so far, those included that rules do not see.
    package var blocks: Int { walk.replay.eventBlocks }

    /// What was given up because a table of the state was full.
    package var losses: StateLosses { walk.replay.state.losses }

    /// Goes on to the end, and hands out each alert.
    package mutating func run(_ body: (Alert, SystemEvent) throws(ThreatError) -> Void) throws(ThreatError) {
        var host: String?
        while try walk.next() {
            events &+= 1
            let event = walk.replay.event
            reader.move(to: event)
            let count = matcher.match(&reader)
            guard count > 0 else { continue }
            let name = host ?? walk.replay.machine.map { String(decoding: $0.hostName, as: UTF8.self) } ?? ""
            host = name
            for index in 0..<count {
                let alert = matcher.alert(matcher.match(index), time: event.time, hostname: name, &reader)
                alerts &+= 1
                try body(alert, event)
            }
        }
    }

    /// Goes on to the end and counts only.
    package mutating func count() throws(ThreatError) {
        while try walk.next() {
            events &+= 1
            reader.move(to: walk.replay.event)
            alerts &+= matcher.match(&reader)
        }
    }
}
