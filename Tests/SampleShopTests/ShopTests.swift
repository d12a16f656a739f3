// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import SampleShop

/// The shop by its routes: each vulnerability is there, and none of them takes the machine with it.
@Suite struct ShopTests {
    // Where time is not what is tested, a busy machine gets more of it.
    private func withShop(
        limits: TimeLimits = TimeLimits(command: .seconds(600), query: .seconds(600), fetch: .seconds(600)),
        _ body: @Sendable (any TestClientProtocol, Shop) async throws -> Void
    ) async throws {
        let folder = try ShopFolder.makeTemporary()
        defer { folder.delete() }
        let shop = try Shop(folder: folder, hosts: LocalHosts(), limits: limits)
        try await Application(router: shop.makeRouter()).test(.router) { client in try await body(client, shop) }
        try await shop.close()
    }

    private static func text(
        _ client: any TestClientProtocol,
        _ path: String,
        status: HTTPResponse.Status = .ok,
        form: String? = nil
    ) async throws -> String {
        let method: HTTPRequest.Method = form == nil ? .get : .post
        let response = try await client.executeRequest(
            uri: path,
            method: method,
            headers: [:],
            body: form.map { ByteBuffer(string: $0) }
        )
        #expect(response.status == status, "\(path)")
        return String(buffer: response.body)
    }

    @Test func `every page of the navigation answers`() async throws {
        try await withShop { client, _ in
            for path in [
                "/", "/products", "/search?q=O'Brien", "/product?id=8", "/guestbook", "/files",
                "/files?name=kettle.txt",
                "/basket", "/account", "/login", "/contact", "/checkout", "/upload", "/greet", "/tools/ping",
                "/preview",
                "/style.css", "/favicon.svg", "/robots.txt", "/api/products", "/api/products/3",
            ] {
                _ = try await Self.text(client, path)
            }
            _ = try await Self.text(client, "/nothing", status: .notFound)
        }
    }

    @Test func `searches and product numbers reach the database as SQL`() async throws {
        try await withShop { client, _ in
            let union = "UNION%20SELECT%20name,password,1,email%20FROM%20account%20WHERE%20name='admin'"
            let product = try await Self.text(client, "/product?id=-1%20\(union)")
            #expect(product.contains("correct horse battery staple"))
            let search = try await Self.text(client, "/search?q=x%25'%20\(union)--%20")
            #expect(search.contains("admin@example.org"))
            let error = try await Self.text(client, "/search?q='(", status: .internalServerError)
            #expect(error.contains("SQLite.Exception: "))
        }
    }

    @Test func `a quote logs anybody in`() async throws {
        try await withShop { client, _ in
            let page = try await Self.text(client, "/login", form: "user='+OR+1=1+--+&password=")
            #expect(page.contains("Welcome back"))
            let refused = try await Self.text(client, "/login", form: "user=anna&password=wrong")
            #expect(refused.contains("do not match"))
        }
    }

    @Test func `scripts come back, at once and later`() async throws {
        try await withShop { client, _ in
            let script = "<script>alert(1)</script>"
            #expect(try await Self.text(client, "/greet?name=%3Cscript%3Ealert(1)%3C/script%3E").contains(script))
            #expect(try await Self.text(client, "/search?q=%3Cscript%3Ealert(1)%3C/script%3E").contains(script))
            _ = try await Self.text(
                client,
                "/guestbook",
                status: .seeOther,
                form: "text=%3Cscript%3Ealert(1)%3C/script%3E"
            )
            #expect(try await Self.text(client, "/guestbook").contains(script))
            let contact = try await Self.text(client, "/contact", form: "name=%3Cscript%3Ealert(1)%3C/script%3E")
            #expect(!contact.contains(script))
        }
    }

    @Test func `a manual's name may lead out of the folder, but to no device`() async throws {
        try await withShop { client, _ in
            let up = String(repeating: "../", count: 12)
            #expect(try await Self.text(client, "/files?name=\(up)etc/passwd").contains("root:"))
            _ = try await Self.text(client, "/files?name=\(up)dev/zero", status: .notFound)
            _ = try await Self.text(client, "/files?name=\(up)etc", status: .notFound)
        }
    }

    @Test func `a command may follow the server's name`() async throws {
        try await withShop { client, _ in
            let page = try await Self.text(client, "/tools/ping?host=localhost;echo%20$((6*7))x")
            #expect(page.contains("42x"))
            let much = try await Self.text(client, "/tools/ping?host=;yes")
            #expect(much.utf8.count < 100_000)
        }
    }

    @Test func `a command that never ends is ended`() async throws {
        try await withShop(limits: TimeLimits(command: .milliseconds(200))) { client, _ in
            let page = try await Self.text(client, "/tools/ping?host=;sleep%20inf")
            #expect(page.contains("took too long"))
        }
    }

    @Test func `a query that never ends is ended`() async throws {
        try await withShop(limits: TimeLimits(query: .milliseconds(200))) { client, _ in
            let endless =
                "(WITH%20RECURSIVE%20c(x)%20AS%20(SELECT%201%20UNION%20ALL%20SELECT%20x%20FROM%20c)%20SELECT%20count(*)%20FROM%20c)"
            let page = try await Self.text(client, "/product?id=\(endless)", status: .internalServerError)
            #expect(page.contains("interrupted"))
        }
    }

    @Test func `a value that is too large is refused`() async throws {
        try await withShop { client, _ in
            let blob = try await Self.text(client, "/product?id=RANDOMBLOB(900000000)", status: .internalServerError)
            #expect(blob.contains("too big"))
            _ = try await Self.text(client, "/product?id=1")
        }
    }

    @Test func `an injected query cannot write`() async throws {
        try await withShop { client, shop in
            _ = try await Self.text(client, "/product?id=1;DROP%20TABLE%20product", status: .internalServerError)
            #expect(try await shop.catalogue.products().count == 12)
        }
    }

    @Test func `an uploaded page is a page of the shop`() async throws {
        try await withShop { client, shop in
            let body =
                "--X\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"../a.html\"\r\n\r\n<b>x</b>\r\n--X--\r\n"
            let upload = try await client.executeRequest(
                uri: "/upload",
                method: .post,
                headers: [.contentType: "multipart/form-data; boundary=X"],
                body: ByteBuffer(string: body)
            )
            #expect(upload.status == .seeOther)
            let page = try await client.executeRequest(uri: "/uploads/a.html", method: .get, headers: [:], body: nil)
            #expect(page.headers[.contentType]?.hasPrefix("text/html") == true)
            #expect(String(buffer: page.body) == "<b>x</b>")
            for number in 0..<30 {
                _ = try shop.folder.store(upload: Data("x".utf8), named: "\(number).txt")
            }
            #expect(try shop.folder.names(in: shop.folder.uploads).count <= ShopFolder.uploadLimit)
        }
    }

    @Test func `the preview asks addresses of the web only`() async throws {
        try await withShop { client, _ in
            _ = try await Self.text(client, "/preview?url=http+unix://x/", status: .badRequest)
            _ = try await Self.text(client, "/preview?url=http://localhost:1/", status: .badGateway)
        }
    }

    @Test func `the guestbook forgets the oldest entries`() async throws {
        try await withShop { _, shop in
            for number in 0..<(Catalogue.reviewLimit + 5) {
                try await shop.catalogue.addReview(author: "A", text: "\(number)")
            }
            let reviews = try await shop.catalogue.reviews()
            #expect(reviews.count == Catalogue.reviewLimit)
            #expect(reviews.first?.text == "\(Catalogue.reviewLimit + 4)")
        }
    }

    @Test func `bodies over a megabyte are refused`() async throws {
        try await withShop { client, _ in
            let large = "text=" + String(repeating: "a", count: Request.bodyLimit)
            _ = try await Self.text(client, "/guestbook", status: .contentTooLarge, form: large)
        }
    }

    private static let origins: [(field: String, value: String, status: HTTPResponse.Status)] = [
        ("Origin", "https://evil.example", .forbidden),
        ("Origin", "null", .forbidden),
        ("Origin", "http://localhost:8080", .ok),
        ("Sec-Fetch-Site", "cross-site", .forbidden),
        ("Sec-Fetch-Site", "same-origin", .ok),
    ]

    @Test(arguments: origins)
    func `another site's page cannot use the shop`(
        field: String,
        value: String,
        status: HTTPResponse.Status
    ) async throws {
        let name = try #require(HTTPField.Name(field))
        try await withShop { client, _ in
            let headers: HTTPFields = [name: value]
            let response = try await client.executeRequest(
                uri: "/tools/ping",
                method: .get,
                headers: headers,
                body: nil
            )
            #expect(response.status == status)
        }
    }

    private static let authorities: [(String, Bool)] = [
        ("localhost", true), ("LOCALHOST:80", true), ("127.0.0.1:8081", true), ("[::1]:80", true),
        ("a.localhost:1", true),
        ("evil.example", false), ("localhost.evil.example", false), ("127.0.0.1.evil.example:80", false), ("", false),
        ("[::1", false), ("shop.test:80", true),
    ]

    @Test(arguments: authorities)
    func `only local names are the shop's`(authority: String, isLocal: Bool) {
        #expect(LocalHosts(additional: ["Shop.test"]).contains(authority: authority) == isLocal)
    }

    @Test(arguments: ["0.0.0.0", "::", "192.0.2.1", "example.org"])
    func `the shop listens on loopback only`(address: String) {
        #expect(throws: (any Error).self) { try SampleShop.parse(["--host", address]) }
    }
}
