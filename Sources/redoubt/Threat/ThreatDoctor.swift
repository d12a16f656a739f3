// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Sensors

/// `redoubt threat doctor`.
struct ThreatDoctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what of this machine can be watched, and what is missing.",
        discussion: "Each source is tried for a moment. Exit code 1 where no source of system calls works."
    )

    @OptionGroup var output: FormatOptions

    func run() throws {
        let report = SensorReport.make()
        if output.format == .text {
            for check in report.checks {
                StandardOutput.write("\(check.works ? "works  " : "missing")  \(check.name): \(check.detail)\n")
            }
            StandardOutput.write("watched by: \(report.best ?? "nothing")\n")
        } else {
            var json = JSONWriter()
            json.beginObject()
            json.key("source")
            json.stringOrNull(report.best)
            json.key("checks")
            json.beginArray()
            for check in report.checks {
                json.beginObject()
                json.key("name")
                json.string(check.name)
                json.key("works")
                json.bool(check.works)
                json.key("detail")
                json.string(check.detail)
                json.endObject()
            }
            json.endArray()
            json.endObject()
            StandardOutput.write(json.bytes + [UInt8(ascii: "\n")])
        }
        if report.best == nil { throw ExitCode.judgedBad }
    }
}
