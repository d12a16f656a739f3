// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import CZlib
import Foundation
import SystemCapture
import TestSupport

/// The captures of the test data, unpacked.
enum CaptureFiles {
    static let folder = "threat/captures"

    static let isAvailable = TestData.available(folder, for: "SystemCapture captures")

    static let names = [
        "cat_write", "connect_localhost", "curl_google", "curl_google_comments", "empty", "open-multiple-files",
        "ping_sendto", "sample", "single_ipv6_conn", "syscall", "test_ipv6_client",
    ]

    struct Unreadable: Error {
        let path: String
    }

    /// The bytes of a capture; gzip is taken off if there is any.
    static func bytes(_ name: String) throws -> [UInt8] {
        let path = TestData.url("\(folder)/\(name).scap").path
        guard let file = gzopen(path, "rb") else {
            throw Unreadable(path: path)
        }
        defer {
            gzclose(file)
        }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = gzread(file, &buffer, UInt32(buffer.count))
            guard count >= 0 else {
                throw Unreadable(path: path)
            }
            guard count > 0 else {
                return all
            }
            all.append(contentsOf: buffer[..<Int(count)])
        }
    }

    /// What `reference.json` says of each capture.
    static func reference() throws -> [String: [String: Any]] {
        let data = try Data(contentsOf: TestData.url("\(folder)/reference.json"))
        return try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]] ?? [:]
    }
}

/// One event as the tests compare it.
struct SeenEvent: Equatable, CustomStringConvertible {
    var time: UInt64
    var thread: Int64
    var name: String
    var isEnter: Bool
    var enterTime: UInt64?
    var parameters: [[UInt8]] = []

    init(_ event: SystemEvent) {
        time = event.time
        thread = event.threadID
        name = event.displayName
        isEnter = event.isEnter
        enterTime = event.enterTime
        parameters = (0..<event.parameterCount).map { Array(event.parameter($0)) }
    }

    var description: String {
        "\(time) \(thread) \(name) \(isEnter ? ">" : "<")"
    }
}

/// Replays a capture and tells what was seen.
struct ReplayResult {
    var events: [SeenEvent] = []
    var error: CaptureError?
    var blocks = 0
    var threads = 0
    var descriptors = 0

    /// - Parameters:
    ///   - bytes: the capture, unpacked.
    ///   - piece: how many bytes to hand in at once; nil for all.
    ///   - limits: of the state.
    init(_ bytes: [UInt8], piece: Int? = nil, limits: StateLimits = StateLimits()) {
        var replay = CaptureReplay(limits: limits)
        do {
            if let piece {
                try feed(bytes, piece: piece, to: &replay)
            } else {
                try bytes.withUnsafeBytes { raw in
                    replay.feed(raw, isLast: true)
                    while try replay.next() == .event {
                        events.append(SeenEvent(replay.event))
                    }
                }
            }
        } catch let fault as CaptureError {
            error = fault
        } catch {
            self.error = nil
        }
        blocks = replay.eventBlocks
        threads = replay.state.threadCount
        descriptors = replay.state.descriptorCount
    }

    /// Hands in pieces that each lie in memory of their own, which is overwritten afterwards.
    private mutating func feed(_ bytes: [UInt8], piece: Int, to replay: inout CaptureReplay) throws {
        var start = 0
        var size = piece
        while true {
            let stop = min(start + size, bytes.count)
            let part = UnsafeMutableRawBufferPointer.allocate(byteCount: stop - start, alignment: 1)
            part.copyBytes(from: bytes[start..<stop])
            defer {
                part.initializeMemory(as: UInt8.self, repeating: 0xAA)
                part.deallocate()
            }
            replay.feed(UnsafeRawBufferPointer(part), isLast: stop == bytes.count)
            var step = try replay.next()
            while step == .event {
                events.append(SeenEvent(replay.event))
                step = try replay.next()
            }
            guard step == .needsBytes else {
                return
            }
            size = replay.consumed == 0 ? size * 2 : piece
            start += replay.consumed
        }
    }
}
