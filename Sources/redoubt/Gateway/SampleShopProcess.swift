// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Gateway
import Glibc

/// The bundled sample shop as a process of its own, which ends with this one.
final class SampleShopProcess {
    /// Where it listens, on loopback.
    let address: UpstreamAddress
    private let process: Process
    /// The shop ends when this pipe closes, however this process ends.
    private let lifeline: Pipe
    private let output: Pipe

    private static let patience = Duration.seconds(20)

    /// Starts the shop that lies beside this program and waits till it listens.
    ///
    /// - Parameter onEnd: called when it ends.
    static func start(onEnd: @escaping @Sendable (Int32) -> Void) throws(CommandFailure) -> SampleShopProcess {
        let folder = (executablePath as NSString).deletingLastPathComponent
        let path = folder + "/sample-shop"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw .couldNotRun(
                "the sample shop is not beside this program (\(path))",
                hint: "build it with \"swift build --product sample-shop\", or name your own site with --upstream URL"
            )
        }
        let process = Process()
        let lifeline = Pipe()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["--port", "0", "--until-stdin-closes"]
        process.standardInput = lifeline
        process.standardOutput = output
        process.terminationHandler = { onEnd($0.terminationStatus) }
        do {
            try process.run()
        } catch {
            throw .couldNotRun("\(path) does not start: \(error.localizedDescription)")
        }
        guard let line = firstLine(output.fileHandleForReading.fileDescriptor),
            let start = line.range(of: "http://"),
            let address = try? UpstreamAddress(url: String(line[start.lowerBound...]))
        else {
            process.terminate()
            throw .couldNotRun("the sample shop did not say where it listens", hint: "see what \(path) says by itself")
        }
        return SampleShopProcess(address: address, process: process, lifeline: lifeline, output: output)
    }

    private init(address: UpstreamAddress, process: Process, lifeline: Pipe, output: Pipe) {
        // "localhost" may mean two addresses; the shop listens on this one.
        self.address = UpstreamAddress(host: "127.0.0.1", port: address.port)
        self.process = process
        self.lifeline = lifeline
        self.output = output
    }

    /// Tells the shop to end.
    func stop() {
        process.terminationHandler = nil
        do {
            try lifeline.fileHandleForWriting.close()
        } catch {
            process.terminate()
        }
    }

    private static var executablePath: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments.first
            ?? ""
    }

    /// The first line of a pipe, without its end; nil where none comes in time.
    private static func firstLine(_ descriptor: Int32) -> String? {
        let clock = ContinuousClock()
        let end = clock.now + patience
        var bytes: [UInt8] = []
        while bytes.count < 4_096, clock.now < end {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 100) > 0 else {
                continue
            }
            var byte: UInt8 = 0
            guard read(descriptor, &byte, 1) == 1 else {
                return nil
            }
            if byte == UInt8(ascii: "\n") {
                return String(decoding: bytes, as: UTF8.self)
            }
            bytes.append(byte)
        }
        return nil
    }
}
