// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Glibc

/// A TCP connection that sends bytes as they are and reads one HTTP response.
///
/// Regression tests send what no HTTP client would, so this is a plain socket: no library that corrects requests.
struct WireConnection: ~Copyable {
    /// The connection could not be made or broke while sending.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let descriptor: Int32

    /// Connects, trying each address of the host.
    init(host: String, port: Int, timeoutSeconds: Int) throws(Failure) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            throw Failure(description: "\(host): \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(list) }
        var lastError = ECONNREFUSED
        var next = list
        while let address = next {
            let info = address.pointee
            let candidate = socket(info.ai_family, info.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), info.ai_protocol)
            if candidate >= 0 {
                Self.setTimeouts(candidate, seconds: timeoutSeconds)
                if connect(candidate, info.ai_addr, info.ai_addrlen) == 0 {
                    descriptor = candidate
                    return
                }
                lastError = errno
                close(candidate)
            }
            next = info.ai_next
        }
        throw Failure(description: "\(host):\(port): \(String(cString: strerror(lastError)))")
    }

    deinit {
        close(descriptor)
    }

    private static func setTimeouts(_ descriptor: Int32, seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
        var isOn: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Sends bytes; a peer that closes while they are sent is no error, it may have answered already.
    func send(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor,
                    buffer.baseAddress.map { $0 + offset },
                    buffer.count - offset,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count < 0, errno == EINTR {
                continue
            }
            guard count > 0 else {
                return
            }
            offset += count
        }
    }

    /// Reads until the response is complete, the peer closes, or the time is up.
    ///
    /// - Parameters:
    ///   - isHead: whether the request was a HEAD, whose response has no body.
    ///   - limit: how many bytes are read at most.
    /// - Returns: nil where no response came.
    func receive(isHead: Bool, limit: Int = 16 << 20) -> WireResponse? {
        var response = WireResponse(isHead: isHead)
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while !response.isComplete, response.byteCount < limit {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR {
                continue
            }
            guard count > 0 else {
                break
            }
            response.append(buffer[..<count])
        }
        return response.status == nil ? nil : response
    }
}

/// An HTTP/1.1 response as far as a test runner needs it.
struct WireResponse {
    private var bytes: [UInt8] = []
    private var bodyStart: Int?
    private var contentLength: Int?
    private var isChunked = false
    private let isHead: Bool
    /// The status code; nil until the status line has come.
    private(set) var status: Int?

    init(isHead: Bool) {
        self.isHead = isHead
    }

    var byteCount: Int { bytes.count }

    /// The body's bytes; of a chunked body with the chunks' framing.
    var body: [UInt8] { bodyStart.map { Array(bytes[$0...]) } ?? [] }

    /// Whether the response's own framing says that all of it is here; never so where the end of the connection
    /// ends the body.
    var isComplete: Bool {
        guard let bodyStart, let status else {
            return false
        }
        if isHead || status == 204 || status == 304 {
            return true
        }
        if isChunked {
            return bytes.suffix(5).elementsEqual(Array("0\r\n\r\n".utf8))
        }
        return contentLength.map { bytes.count - bodyStart >= $0 } ?? false
    }

    mutating func append(_ part: ArraySlice<UInt8>) {
        let start = max(0, bytes.count - 3)
        bytes.append(contentsOf: part)
        while bodyStart == nil, let end = ByteSearch.firstIndex(of: [13, 10, 13, 10], in: bytes, from: start) {
            readHead(bytes[..<end])
            if let status, (100..<200).contains(status), status != 101 {
                bytes.removeFirst(end + 4)
                self.status = nil
            } else {
                bodyStart = end + 4
            }
        }
    }

    private mutating func readHead(_ head: ArraySlice<UInt8>) {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, first.hasPrefix("HTTP/1.") else {
            return
        }
        status = first.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
            switch parts.first?.lowercased() {
            case "content-length": contentLength = Int(value)
            case "transfer-encoding": isChunked = value.lowercased() == "chunked"
            default: break
            }
        }
    }
}
