// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc

/// Runs regression tests over the wire, against a running server whose error log can be read.
///
/// The log lines of a request are those between two marker requests: each carries an `X-CRS-Test` header with a
/// fresh value, and the server's rules must log that header (see ``markerRule``). One marker ends the window of a
/// test and begins that of the next.
package struct WireTarget: RegressionTarget {
    /// The rule that a server under test needs, before the rule set.
    package static let markerRule =
        #"SecRule REQUEST_HEADERS:X-CRS-Test "@rx ^.*$" "id:999999,pass,phase:1,log,msg:'X-CRS-Test %{MATCHED_VAR}',"#
        + #"ctl:ruleRemoveById=1-999999""#

    /// The server under test cannot be used for the run.
    package struct Unusable: Error, CustomStringConvertible {
        package var description: String
    }

    private let host: String
    private let port: Int
    private let timeoutSeconds: Int
    private var log: LogWindow

    /// - Parameters:
    ///   - target: `http://127.0.0.1:8080`.
    ///   - errorLog: the file that the server appends its error log to.
    ///   - timeoutSeconds: how long an answer or a marker may take.
    /// - Throws: ``Unusable``, where the server or its log cannot be reached or does not log markers.
    package init(target: String, errorLog: String, timeoutSeconds: Int = 10) throws {
        guard let url = URL(string: target), url.scheme == "http", let host = url.host else {
            throw Unusable(description: "\(target) is not an http:// URL")
        }
        self.host = host.trimmingCharacters(in: ["[", "]"])
        port = url.port ?? 80
        self.timeoutSeconds = timeoutSeconds
        log = try LogWindow(path: errorLog)
        try mark()
    }

    package mutating func observe(_ request: [UInt8], response: RegressionTest.Response?) throws -> StageObservation {
        var request = request
        if let response {
            request = ReflectingServer.request(for: response, in: request)
        }
        let answer: WireResponse?
        do {
            let connection = try WireConnection(host: host, port: port, timeoutSeconds: timeoutSeconds)
            connection.send(request)
            answer = connection.receive(isHead: request.starts(with: Array("HEAD ".utf8)))
        }
        let lines = try mark()
        let status = answer?.status
        return StageObservation(
            status: status,
            isRefused: status.map { Self.refusals.contains($0) } ?? false,
            log: lines,
            body: answer?.body ?? []
        )
    }

    /// The status codes with which an HTTP parser refuses requests.
    private static let refusals: Set = [400, 408, 411, 413, 414, 417, 431, 501, 505]

    /// Sends a marker and waits for it in the log; the lines since the marker before.
    @discardableResult
    private mutating func mark() throws -> [[UInt8]] {
        let marker = UUID().uuidString.lowercased()
        let request =
            "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: redoubt-test\r\nAccept: */*\r\n"
            + "X-CRS-Test: \(marker)\r\nConnection: close\r\n\r\n"
        do {
            let connection = try WireConnection(host: host, port: port, timeoutSeconds: timeoutSeconds)
            connection.send(Array(request.utf8))
            _ = connection.receive(isHead: false)
        } catch {
            throw Unusable(description: error.description)
        }
        let deadline = ContinuousClock.now + .seconds(timeoutSeconds)
        while ContinuousClock.now < deadline {
            if let lines = try log.lines(before: Array(marker.utf8)) {
                return lines
            }
            usleep(2_000)
        }
        throw Unusable(
            description: "the marker request does not appear in the error log within \(timeoutSeconds) seconds; "
                + "the server needs this rule before its rule set:\n  \(Self.markerRule)"
        )
    }
}

/// Reads what is appended to a log file, in windows that end with a marker.
struct LogWindow {
    private let descriptor: FileHandle
    private var pending: [UInt8] = []

    init(path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw WireTarget.Unusable(description: "the error log \(path) cannot be read")
        }
        descriptor = handle
        try handle.seekToEnd()
    }

    /// The lines before the one with the marker, which are then forgotten together with it; nil where the marker
    /// is not there yet.
    mutating func lines(before marker: [UInt8]) throws -> [[UInt8]]? {
        while let data = try descriptor.read(upToCount: 256 * 1024), !data.isEmpty {
            pending.append(contentsOf: data)
        }
        guard let found = ByteSearch.firstIndex(of: marker, in: pending),
            let end = pending[found...].firstIndex(of: 10)
        else {
            return nil
        }
        let lines = pending[...end].split(separator: 10).map(Array.init)
        pending.removeSubrange(...end)
        return lines.filter { ByteSearch.firstIndex(of: marker, in: $0) == nil }
    }
}
