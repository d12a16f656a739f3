// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation

/// Where a command that measures works.
struct MeasurementOptions: ParsableArguments {
    @Option(help: "A folder on the disk to measure.")
    var folder: String

    @Flag(help: "Make --folder a data folder of what is recorded, in place of a new one below it that is removed.")
    var keep = false

    @OptionGroup var output: FormatOptions

    /// Runs a measurement in a folder that is removed afterwards, unless it shall stay.
    ///
    /// - Throws: ``CommandFailure`` where it could not be measured.
    func measure(_ body: (String) async throws -> [Figure]) async throws {
        let path = keep ? folder : "\(folder)/redoubt-bench-\(UUID().uuidString)"
        defer {
            do {
                if !keep { try FileManager.default.removeItem(atPath: path) }
            } catch {
                StandardError.write("redoubt: \(path) cannot be removed: \(error)\n")
            }
        }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            Figure.write(try await body(path), output.format)
        } catch {
            throw CommandFailure.couldNotRun("\(error)")
        }
    }
}

/// A figure that was measured.
struct Figure {
    var name: String
    var value: Double
    var decimals: Int

    init(_ name: String, _ value: Double, decimals: Int) {
        self.name = name
        self.value = value
        self.decimals = decimals
    }

    init(_ name: String, _ value: Int) {
        self.init(name, Double(value), decimals: 0)
    }

    static func write(_ figures: [Figure], _ format: OutputFormat) {
        guard format == .text else {
            var json = JSONWriter()
            json.beginObject()
            for figure in figures {
                json.key(figure.name)
                json.number(figure.value, decimals: figure.decimals)
            }
            json.endObject()
            json.endLine()
            StandardOutput.write(json.bytes)
            return
        }
        for figure in figures {
            StandardOutput.write("\(figure.name)  \(String(format: "%.\(figure.decimals)f", figure.value))\n")
        }
    }
}
