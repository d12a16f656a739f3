// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import FalcoRules
package import SystemCapture

/// Runs rules over a capture that does not end, as its bytes come.
package struct LiveDetector: ~Copyable {
    private var replay = CaptureReplay()
    private var reader: SystemFieldReader
    private var matcher: RuleMatcher<SystemFieldReader>
    package private(set) var events = 0
    package private(set) var alerts = 0

    package init(program: RuleProgram) {
        reader = SystemFieldReader(catalogue: FalcoRuleFiles.sources[0], state: replay.state)
        matcher = RuleMatcher(program)
    }

    /// What was given up because a table of the state was full.
    package var losses: StateLosses { replay.state.losses }

    /// Takes the next bytes: whole blocks, as sources write them.
    ///
    /// - Throws: ``ThreatError/Code/damaged`` for bytes that are no capture.
    package mutating func take(
        _ bytes: [UInt8],
        host: String,
        _ body: (Alert) throws(ThreatError) -> Void
    ) throws(ThreatError) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        defer { copy.deallocate() }
        copy.copyBytes(from: bytes)
        replay.feed(UnsafeRawBufferPointer(copy), isLast: false)
        while true {
            let step: CaptureReplay.Step
            do throws(CaptureError) {
                step = try replay.next()
            } catch {
                throw ThreatError(.damaged, "what the sensor wrote: \(error)")
            }
            guard step == .event else { return }
            events &+= 1
            let event = replay.event
            reader.move(to: event)
            let count = matcher.match(&reader)
            for index in 0..<count {
                alerts &+= 1
                try body(matcher.alert(matcher.match(index), time: event.time, hostname: host, &reader))
            }
        }
    }
}
