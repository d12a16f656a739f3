// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

public import ArgumentParser
public import DefenseModel
import Foundation
public import Matching

/// How a command writes what it found.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// One JSON document.
    case json
    /// One JSON object per line.
    case ndjson
}

/// The option `--format` of all commands that print findings.
struct FormatOptions: ParsableArguments {
    @Option(help: "How to write the result.")
    var format: OutputFormat = .text
}

extension Mode: ExpressibleByArgument {}

extension Severity: ExpressibleByArgument {}

extension ScanBackend.Choice: ExpressibleByArgument {}

/// Whether colours may be used on standard output (https://no-color.org).
var standardOutputShowsColor: Bool {
    StandardOutput.isTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
}
