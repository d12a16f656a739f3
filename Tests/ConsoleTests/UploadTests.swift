// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Bytes
import ConsoleFixtures
import Foundation
import HTTPTypes
import Storage
import Synchronization
import Testing
import VulnerabilityManagement

@testable import Console

/// Bodies of uploads, piece by piece.
@Suite struct UploadReceiverTests {
    private func receive(
        _ body: [UInt8],
        _ headers: HTTPFields = [:],
        pieces: Int = .max,
        limit: Int = 64 << 20
    ) throws -> (upload: Upload, bytes: [UInt8]) {
        let folder = NSTemporaryDirectory() + "redoubt-uploads-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let receiver = try UploadReceiver(headers, folder: folder, limit: limit)
        var rest = body[...]
        while !rest.isEmpty {
            try receiver.feed(Array(rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
        }
        let upload = try receiver.finish()
        return (upload, Array(try Data(contentsOf: URL(fileURLWithPath: upload.path))))
    }

    private func form(_ parts: [(head: String, value: [UInt8])], boundary: String = "b0undary") -> [UInt8] {
        var body: [UInt8] = []
        for part in parts {
            body += Array("--\(boundary)\r\nContent-Disposition: form-data; \(part.head)\r\n\r\n".utf8)
            body += part.value + [13, 10]
        }
        return body + Array("--\(boundary)--\r\n".utf8)
    }

    private static let formType: HTTPFields = [.contentType: "multipart/form-data; boundary=b0undary"]

    @Test(arguments: [1, 2, 7, 64, 1000, Int.max])
    func `a form is the same in pieces of any size`(pieces: Int) throws {
        // A value with what looks like a boundary.
        let report = Array("{\"a\":1}\r\n--b0undar\r\n--b0undarx\r\n\r".utf8)
        let body = form([
            ("name=\"project\"", Array("shop/cart".utf8)), ("name=\"empty\"", []),
            ("name=\"file\"; filename=\"../../a \\\"b\\\";c.json\"", report), ("name=commit", Array("4f2a".utf8)),
        ])
        let (upload, bytes) = try receive(body, Self.formType, pieces: pieces)
        #expect(bytes == report && upload.size == report.count)
        #expect(upload.name == "a \"b\";c.json")
        #expect(upload.fields.map(\.0) == ["project", "empty", "commit"])
        #expect(upload.fields.map(\.1) == ["shop/cart", "", "4f2a"])
    }

    @Test(arguments: [1, 100, Int.max])
    func `a packed body and a packed file are unpacked`(pieces: Int) throws {
        let report = Array(String(repeating: "{\"finding\": 1}\n", count: 500).utf8)
        let packed = Gzip.compress(report)
        #expect(try receive(packed, pieces: pieces).bytes == report)
        #expect(try receive(packed, [.contentEncoding: "gzip"], pieces: pieces).bytes == report)
        let body = form([("name=\"file\"; filename=\"r.json.gz\"", packed)])
        #expect(try receive(body, Self.formType, pieces: pieces).bytes == report)
        var both = Self.formType
        both[.contentEncoding] = "gzip"
        #expect(try receive(Gzip.compress(body), both, pieces: pieces).bytes == report)
        // Two members behind each other are one report (RFC 1952 section 2.2).
        #expect(try receive(packed + packed, pieces: pieces).bytes == report + report)
    }

    private func refusal(_ body: [UInt8], _ headers: HTTPFields = [:], limit: Int = 64 << 20) throws -> Int {
        do {
            _ = try receive(body, headers, pieces: 60_000, limit: limit)
            return 200
        } catch let problem as Problem {
            return problem.status.code
        }
    }

    @Test func `what unpacks to far more than it is gets no further`() throws {
        let bomb = Gzip.compress([UInt8](repeating: 32, count: 40 << 20))
        #expect(bomb.count < 100_000)
        #expect(try refusal(bomb) == 413)
        #expect(try refusal(bomb, [.contentEncoding: "gzip"]) == 413)
        #expect(try refusal(form([("name=\"file\"", bomb)]), Self.formType) == 413)
    }

    @Test func `a report packed twice may not have more than one that is packed once`() throws {
        var random = SystemRandomNumberGenerator()
        let noise = (0..<800).map { _ in UInt8.random(in: 0...255, using: &random) }
        // Each packing is within its own bounds: 70 times, and less than is always fine.
        let member = Gzip.compress(noise + [UInt8](repeating: 32, count: 60_000))
        let packed = [[UInt8]](repeating: member, count: 800).flatMap(\.self)
        #expect(try refusal(packed) == 200)
        let twice = Gzip.compress(packed)
        #expect(twice.count < packed.count / 20)
        #expect(try refusal(twice, [.contentEncoding: "gzip"]) == 413)
        let few = Gzip.compress([[UInt8]](repeating: member, count: 3).flatMap(\.self))
        #expect(try refusal(few, [.contentEncoding: "gzip"]) == 200)
    }

    @Test func `what is no upload is refused`() throws {
        let packed = Gzip.compress(Array("{}".utf8))
        let whole = form([("name=\"file\"", Array("{}".utf8))])
        let cases: [([UInt8], HTTPFields, Int)] = [
            ([], [:], 422), (Array("PK\u{3}\u{4}zip".utf8), [:], 422), (Gzip.compress(packed), [:], 422),
            (Gzip.compress(Array("PK\u{3}\u{4}zip".utf8)), [:], 422), (Array(packed.dropLast(9)), [:], 400),
            (Array(packed.prefix(12)) + [0, 1, 2], [:], 400), (Array("{}".utf8), [.contentEncoding: "gzip"], 400),
            (Array("{}".utf8), [.contentEncoding: "br"], 415), (Array(whole.dropLast(8)), Self.formType, 400),
            (whole, [.contentType: "multipart/form-data"], 400), (form([("name=\"project\"", [])]), Self.formType, 422),
            (form([("name=\"file\"", [1]), ("name=\"file\"", [1])]), Self.formType, 422),
            (form([("name=\"a\"", [0xFF])]), Self.formType, 422), (form([("filename=\"a\"", [1])]), Self.formType, 400),
            (form([("name=\"a\"", [UInt8](repeating: 65, count: 70_000))]), Self.formType, 422),
            (form((0..<200).map { ("name=\"p\($0)\"", []) }), Self.formType, 400),
            (Array("--b0undary\r\n".utf8) + [UInt8](repeating: 65, count: 20_000), Self.formType, 400),
        ]
        for (number, (body, headers, status)) in cases.enumerated() {
            #expect(try refusal(body, headers) == status, "case \(number)")
        }
        #expect(try refusal([UInt8](repeating: 65, count: 2000), limit: 1000) == 413)
    }

    @Test func `bytes of all kinds end in a form or a refusal, and leave no file`() throws {
        var random = SeededRandom(seed: 11)
        let whole = form([("name=\"project\"", Array("shop".utf8)), ("name=\"file\"; filename=x", Array("{}".utf8))])
        for _ in 0..<400 {
            var body = whole
            for _ in 0...random.below(6) {
                let place = random.below(body.count)
                switch random.below(3) {
                case 0: body[place] = UInt8(random.below(256))
                case 1: body.remove(at: place)
                default: body.insert(contentsOf: body.prefix(random.below(40)), at: place)
                }
            }
            let folder = NSTemporaryDirectory() + "redoubt-uploads-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            do {
                let receiver = try UploadReceiver(Self.formType, folder: folder, limit: 1 << 20)
                try receiver.feed(body)
                _ = try receiver.finish()
            } catch {
                #expect(error is Problem)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }
}

/// Reports that programs hand in, over a socket as they come.
@Suite struct ReportUploadTests {
    private func token(_ world: ConsoleWorld, _ role: Role, _ scopes: Set<Permission>) async throws -> String {
        let local = Principal.local(name: "root")
        let users = try await world.access.users(by: local)
        let user = try #require(users.first { $0.name.description == role.rawValue })
        let new = try await world.access.makeToken(name: "ci", for: user.id, scopes: scopes, by: local, at: Clock.now())
        return new.secret.text
    }

    private func post(
        _ port: Int,
        _ path: String,
        _ body: [UInt8],
        _ headers: [String]
    ) async throws -> (status: Int, text: String) {
        let head =
            ["POST \(path) HTTP/1.1", "Host: localhost", "Content-Length: \(body.count)", "Connection: close"] + headers
        let text = try await blocking {
            let client = try RawClient(port: port)
            client.send(Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8))
            client.send(body)
            return client.receive()
        }
        return (Int(text.dropFirst(9).prefix(3)) ?? 0, text)
    }

    private func form(_ fields: [(String, String)], _ report: [UInt8]) -> [UInt8] {
        var body: [UInt8] = []
        for (name, value) in fields {
            body += Array("--XX\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        body += Array("--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r.sarif\"\r\n\r\n".utf8)
        return body + report + Array("\r\n--XX--\r\n".utf8)
    }

    private static let type = "Content-Type: multipart/form-data; boundary=XX"
    private static let report = FindingSamples.sarif(FindingSamples.weaknesses)

    @Test func `a token of a pipeline hands reports in and reads nothing`() async throws {
        try await withServedConsole { world, port in
            let secret = try await token(world, .triager, [.upload])
            let bearer = "Authorization: Bearer \(secret)"
            let path = "/api/v1/scans?project=shop&branch=main&commit=4f2a"
            let first = try await post(port, path, Self.report, [bearer])
            #expect(first.status == 201 && first.text.contains("\"new\":17"), "\(first.text)")
            let packed = Gzip.compress(Self.report)
            let again = try await post(port, path, packed, [bearer, "Content-Encoding: gzip"])
            #expect(again.status == 201 && again.text.contains("\"same\":17"))
            let few = form(
                [("project", "shop"), ("partial", "true")],
                FindingSamples.sarif([FindingSamples.weaknesses[0]])
            )
            let partial = try await post(port, "/api/v1/scans", few, [bearer, Self.type])
            #expect(partial.status == 201 && partial.text.contains("\"gone\":0") && partial.text.contains("partial"))
            let list = try await RawClient.exchange(
                port,
                "GET /api/v1/findings HTTP/1.1\r\nHost: localhost\r\n\(bearer)\r\nConnection: close\r\n\r\n"
            )
            #expect(list.hasPrefix("HTTP/1.1 403"))
            let scans = try world.findings.scans(limit: 10) ?? []
            #expect(scans.count == 3 && scans.allSatisfy { $0.maker == "triager" && $0.project == "shop" })
            #expect(scans.last?.commit == "4f2a" && scans.first?.file == "r.sarif")
            #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder + "/uploads").isEmpty)
        }
    }

    @Test func `who may not hand a report in is told before it is read`() async throws {
        try await withServedConsole { world, port in
            let viewer = try await token(world, .viewer, [.see])
            let refused: [([String], Int)] = [([], 401), (["Authorization: Bearer \(viewer)"], 403)]
            for (headers, status) in refused {
                let answer = try await post(port, "/api/v1/scans?project=shop", Self.report, headers)
                #expect(answer.status == status)
            }
            #expect(try world.findings.scans(limit: 10)?.isEmpty == true)
            #expect(!FileManager.default.fileExists(atPath: world.folder + "/uploads"))
        }
    }

    @Test func `a report that is broken, unknown or too large changes nothing and says where`() async throws {
        try await withServedConsole(maximumUpload: 100_000) { world, port in
            let bearer = "Authorization: Bearer \(try await token(world, .responder, [.upload]))"
            let broken = Array(Self.report.dropLast(20))
            let cases: [(path: String, body: [UInt8], status: Int, says: String)] = [
                ("/api/v1/scans?project=shop", broken, 422, "bad_report"),
                ("/api/v1/scans?project=shop", Array("{\"a\":1}".utf8), 422, "bad_report"),
                ("/api/v1/scans?project=shop", Array("hello".utf8), 422, "bad_report"),
                ("/api/v1/scans", Self.report, 422, "project is missing"),
                ("/api/v1/scans?project=%2F%2F", Self.report, 422, "project"),
                ("/api/v1/scans?project=shop&partial=maybe", Self.report, 422, "partial"),
                ("/api/v1/scans?project=shop", [UInt8](repeating: 32, count: 200_000), 413, "too_large"),
                ("/api/v1/scans?project=shop", [], 422, "empty"),
            ]
            for (path, body, status, says) in cases {
                let answer = try await post(port, path, body, [bearer])
                #expect(answer.status == status && answer.text.contains(says), "\(path): \(answer.text.suffix(300))")
            }
            let place = try await post(port, "/api/v1/scans?project=shop", broken, [bearer])
            #expect(place.text.contains("byte") || place.text.contains("line") || place.text.contains("/runs"))
            #expect(try world.findings.scans(limit: 10)?.isEmpty == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder + "/uploads").isEmpty)
        }
    }

    @Test func `pipelines that speak to DefectDojo need another address and token only`() async throws {
        try await withServedConsole { world, port in
            let header = "Authorization: Token \(try await token(world, .triager, [.upload]))"
            let fields = [
                ("scan_type", "SARIF"), ("product_name", "shop"), ("engagement_name", "nightly"), ("active", "true"),
                ("verified", "false"), ("auto_create_context", "true"), ("branch_tag", "main"), ("commit_hash", "4f2a"),
                ("test_title", "semgrep"), ("push_to_jira", "false"), ("minimum_severity", "Info"),
            ]
            let first = try await post(port, "/api/v2/import-scan/", form(fields, Self.report), [header, Self.type])
            #expect(first.status == 201, "\(first.text)")
            for part in ["\"scan_type\":\"SARIF\"", "\"test\":1", "\"test_id\":1", "\"engagement_name\":\"nightly\""] {
                #expect(first.text.contains(part), "\(part)")
            }
            #expect(first.text.contains("\"created\":{\"total\":{\"total\":17}}"))
            let fewer = FindingSamples.sarif(Array(FindingSamples.weaknesses.dropLast(2)))
            let kept = try await post(port, "/api/v2/import-scan", form(fields, fewer), [header, Self.type])
            #expect(kept.text.contains("\"closed\":{\"total\":{\"total\":0}}"))
            let closed = try await post(port, "/api/v2/reimport-scan/", form(fields, fewer), [header, Self.type])
            #expect(
                closed.status == 201 && closed.text.contains("\"closed\":{\"total\":{\"total\":2}}"),
                "\(closed.text)"
            )
            let grave = fields.map { $0.0 == "minimum_severity" ? ($0.0, "High") : $0 }
                .map { $0.0 == "product_name" ? ($0.0, "grave") : $0 }
            let high = try await post(port, "/api/v2/reimport-scan/", form(grave, Self.report), [header, Self.type])
            #expect(high.text.contains("\"created\":{\"total\":{\"total\":6}}"), "\(high.text)")
            let nameless = fields.filter { $0.0 != "product_name" }
            let refused = try await post(
                port,
                "/api/v2/import-scan/",
                form(nameless, Self.report),
                [header, Self.type]
            )
            #expect(refused.status == 422 && refused.text.contains("product_name"))
            // The other scheme is for these two alone.
            let other = try await post(port, "/api/v1/scans?project=shop", Self.report, [header])
            #expect(other.status == 401)
        }
    }

    private func uploadToken(
        _ world: ConsoleWorld,
        for project: String,
        _ scopes: Set<Permission> = [.upload]
    ) async throws -> String {
        let local = Principal.local(name: "root")
        let users = try await world.access.users(by: local)
        let user = try #require(users.first { $0.name.description == "triager" })
        let new = try await world.access.makeToken(
            name: "ci",
            for: user.id,
            scopes: scopes,
            project: try ProjectScope(project),
            by: local,
            at: Clock.now()
        )
        return "Authorization: Bearer \(new.secret.text)"
    }

    @Test func `a token for a group hands reports in there and nowhere else`() async throws {
        try await withServedConsole { world, port in
            let bearer = try await uploadToken(world, for: "shop/cart")
            for (project, status) in [
                ("shop/cart", 201), ("shop/cart/api", 201), ("/shop//cart/", 201), ("shop", 403), ("shop/cartoon", 403),
                ("other", 403), ("shop/Cart", 403),
            ] {
                let answer = try await post(port, "/api/v1/scans?project=\(project)", Self.report, [bearer])
                #expect(answer.status == status, "\(project): \(answer.text.suffix(200))")
            }
            let named = form([("project", "other")], Self.report)
            let elsewhere = try await post(port, "/api/v1/scans?project=shop/cart", named, [bearer, Self.type])
            #expect(elsewhere.status == 403 && elsewhere.text.contains("is for shop/cart"))
            let dojo = bearer.replacing("Bearer", with: "Token")
            for (product, status) in [("shop/cart", 201), ("grave", 403)] {
                let body = form([("scan_type", "SARIF"), ("product_name", product)], Self.report)
                let answer = try await post(port, "/api/v2/import-scan/", body, [dojo, Self.type])
                #expect(answer.status == status, "\(product): \(answer.text.suffix(200))")
            }
            for path in ["/api/v1/findings", "/api/v1/scans", "/metrics", "/api/v1/projects", "/vulnerabilities"] {
                let answer = try await RawClient.exchange(
                    port,
                    "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(bearer)\r\nConnection: close\r\n\r\n"
                )
                #expect(answer.hasPrefix("HTTP/1.1 403"), "\(path)")
            }
            let projects = try world.findings.projects().map(\.path)
            #expect(projects == ["shop/cart", "shop/cart/api"])
        }
    }

    @Test func `that much is gone is confirmed by who may triage`() async throws {
        try await withServedConsole { world, port in
            let path = "/api/v1/scans?project=shop/cart&confirm_drop=true"
            let plain = "Authorization: Bearer \(try await token(world, .triager, [.upload]))"
            let bound = try await uploadToken(world, for: "shop")
            for bearer in [plain, bound] {
                let answer = try await post(port, path, Self.report, [bearer])
                #expect(answer.status == 403 && answer.text.contains("triage"), "\(answer.text.suffix(200))")
            }
            #expect(try world.findings.scans(limit: 10)?.isEmpty == true)
            let both = "Authorization: Bearer \(try await token(world, .triager, [.upload, .triage]))"
            let boundToBoth = try await uploadToken(world, for: "shop", [.upload, .triage])
            for bearer in [both, boundToBoth] {
                #expect(try await post(port, path, Self.report, [bearer]).status == 201)
            }
            // It is bound in all that it may do.
            let other = try await post(port, "/api/v1/scans?project=a&confirm_drop=true", Self.report, [boundToBoth])
            #expect(other.status == 403)
            // Acts show the findings that they change, which takes more than to confirm that some are gone.
            let order = Array(#"{"filter":"open","act":"confirm"}"#.utf8)
            let json = "Content-Type: application/json"
            let acts = try await post(port, "/api/v1/triage/acts", order, [boundToBoth, json])
            #expect(acts.status == 403 && acts.text.contains("permission see"))
        }
    }

    @Test func `a token hands in four reports at a time, and the fifth is not read`() async throws {
        try await withServedConsole { world, port in
            let bearer = "Authorization: Bearer \(try await token(world, .triager, [.upload]))"
            let other = "Authorization: Bearer \(try await token(world, .responder, [.upload]))"
            let head = """
                POST /api/v1/scans?project=shop HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Content-Length: \(Self.report.count)\r\n\(bearer)\r\n\r\n
                """
            let uploads = try #require(world.console.pipeline.services.vulnerabilities?.uploads)
            let clients = try await blocking { try (0..<4).map { _ in try RawClient(port: port) } }
            for client in clients { client.send(head) }
            while uploads.count < 4 { await Task.yield() }
            // Its body never comes: who waits for it would wait for ever.
            let fifth = try await RawClient.exchange(port, head)
            #expect(fifth.hasPrefix("HTTP/1.1 429") && fifth.lowercased().contains("retry-after: 10"))
            #expect(fifth.contains("nothing of this one was read"))
            #expect(try await post(port, "/api/v1/scans?project=shop", Self.report, [other]).status == 201)
            for client in clients {
                let answer = try await blocking {
                    client.send(Self.report)
                    return client.receive()
                }
                #expect(answer.hasPrefix("HTTP/1.1 201"))
            }
            while uploads.count > 0 { await Task.yield() }
            #expect(try await post(port, "/api/v1/scans?project=shop", Self.report, [bearer]).status == 201)
            #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder + "/uploads").isEmpty)
        }
    }
}

/// What a report may take of the disk.
@Suite struct UploadRoomTests {
    private static let gigabyte = 1 << 30

    private func receive(_ bytes: Int, told: Bool, _ look: @escaping @Sendable () -> DiskSpace?) throws -> Int {
        let folder = NSTemporaryDirectory() + "redoubt-room-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var headers = HTTPFields()
        if told { headers[.contentLength] = "\(bytes)" }
        let room = UploadRoom { _ in look() }
        do {
            let receiver = try UploadReceiver(headers, folder: folder, limit: 1 << 30, room: room)
            for _ in 0..<(bytes >> 20) { try receiver.feed([UInt8](repeating: 32, count: 1 << 20)) }
            return try receiver.finish().size
        } catch let problem as Problem {
            #expect(
                problem.code == "no_space" && problem.detail.contains("no room") && problem.retryAfterSeconds != nil
            )
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            return problem.status.code
        }
    }

    @Test func `a report that has no room is refused before it is read`() throws {
        let scarce = DiskSpace(available: Self.gigabyte + (12 << 20), total: 500 * Self.gigabyte)
        #expect(try receive(16 << 20, told: true) { scarce } == 507)
        #expect(try receive(8 << 20, told: true) { scarce } == 8 << 20)
        // Of a small disk less is kept for others.
        let small = DiskSpace(available: 40 << 20, total: 400 << 20)
        #expect(try receive(16 << 20, told: true) { small } == 16 << 20)
        #expect(try receive(8 << 20, told: true) { nil } == 8 << 20)
    }

    @Test func `a disk that fills up while a report comes ends it`() throws {
        let looks = Mutex(0)
        let size = try receive(32 << 20, told: false) {
            let look = looks.withLock { number in
                number += 1
                return number
            }
            let left = look < 4 ? Self.gigabyte + (64 << 20) : Self.gigabyte - 1
            return DiskSpace(available: left, total: 500 * Self.gigabyte)
        }
        #expect(size == 507 && looks.withLock { $0 } == 4)
    }
}
