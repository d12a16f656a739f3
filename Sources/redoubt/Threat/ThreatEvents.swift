// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import ThreatDetection

/// `redoubt threat events`.
struct ThreatEvents: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "List the events of a capture, or those that a condition chooses.",
        discussion: """
              redoubt threat events incident.scap --filter 'evt.type = execve and proc.name = sh' --format ndjson
              redoubt threat events incident.scap --filter 'fd.sport = 443' --count
            """
    )

    @Argument(help: "The capture (.scap, packed by gzip or not), or - for standard input.")
    var capture: String

    @Option(help: "A condition, as Falco rules have it.")
    var filter: String?

    @Flag(help: "Tell only how many there are.")
    var count = false

    @Option(help: "How to write the events.")
    var format: OutputFormat = .text

    func run() throws {
        try withThreatErrors {
            var listing = try CaptureListing(capture, condition: filter)
            var lines = LineOutput()
            defer { lines.flush() }
            while let event = try listing.next(isTold: !count) {
                guard !count else { continue }
                lines.line(format == .text ? try Self.text(event) : event)
            }
            guard count else { return }
            lines.line(format == .text ? "\(listing.count)" : "{\"count\":\(listing.count)}")
        }
    }

    /// Number, time, thread, program and what it did.
    private static func text(_ event: [UInt8]) throws -> [UInt8] {
        var document = JSONDocument()
        return try event.withUnsafeBufferPointer { bytes in
            let root = try document.read(bytes)
            func word(_ name: String) -> String {
                Array(name.utf8).withUnsafeBufferPointer { root.member($0).scalarText ?? "" }
            }
            let parts = [
                word("evt.num"), word("evt.time.ns"), "\(word("proc.name"))(\(word("thread.tid")))", word("evt.dir"),
                word("evt.type"), word("fd.name"), word("evt.args"),
            ]
            return Array(parts.filter { !$0.isEmpty }.joined(separator: " ").utf8)
        }
    }
}
