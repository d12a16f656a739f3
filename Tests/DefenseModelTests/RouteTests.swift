// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import DefenseModel

@Suite struct RouteTests {
    @Test(arguments: [
        ("/login", "/login"), ("/login/", "/login"), ("/", ""), ("/a%62c", "/abc"), ("/caf%c3%a9", "/caf%C3%A9"),
        ("/café", "/caf%C3%A9"), ("/login?x=/../y", "/login"), ("/a#b", "/a"), ("/a%20b", "/a%20b"), ("/a b", "/a%20b"),
        ("/.well-known/x", "/.well-known/x"), ("/...", "/..."), ("/a+b@c:d,e", "/a+b@c:d,e"),
    ])
    func `a path has one form`(text: String, form: String) {
        let path = RoutePath(text)
        #expect(!path.isAmbiguous)
        #expect(String(decoding: path.bytes, as: UTF8.self) == form)
    }

    @Test(arguments: [
        "", "login", "*", "//login", "/a//b", "/a/./b", "/a/../b", "/..", "/%2e%2e/a", "/a%2fb", "/a%5Cb", "/a\\b",
        "/a;b=c", "/a%3Bb", "/a%00", "/a\u{0}", "/a%", "/a%2", "/a%zz", "/a%252e", "http://host/a", "/a%0ab", "/a/.",
    ])
    func `a path that servers read differently is ambiguous`(text: String) {
        #expect(RoutePath(text).isAmbiguous)
    }

    @Test func `a plain path is not copied`() {
        let bytes = Array("GET /a/b?c HTTP/1.1".utf8)
        let path = RoutePath(bytes[4..<10])
        #expect(path.bytes.startIndex == 4 && path.bytes.endIndex == 8)
    }

    @Test(arguments: [
        ("POST /login", "POST", "/login", true), ("POST /login", "POST", "/login/", true),
        ("POST /login", "GET", "/login", false), ("POST /login", "POST", "/login/x", false),
        ("post /login", "POST", "/login", true), ("/login", "PATCH", "/login", true),
        ("* /login", "PATCH", "/login", true), ("GET /a", "HEAD", "/a", true), ("HEAD /a", "GET", "/a", false),
        ("/users/{id}", "GET", "/users/7", true), ("/users/{id}", "GET", "/users", false),
        ("/users/{id}", "GET", "/users/7/x", false), ("/users/{id}/x", "GET", "/users/7/x", true),
        ("/api/*", "GET", "/api", true), ("/api/*", "GET", "/api/", true), ("/api/*", "GET", "/api/a/b", true),
        ("/api/*", "GET", "/apis", false), ("/*", "GET", "/", true), ("/*", "GET", "/a", true), ("/", "GET", "/", true),
        ("/", "GET", "/a", false), ("/login", "GET", "//login", false), ("/*", "GET", "/a/../b", false),
        ("/caf%c3%a9", "GET", "/café", true), ("/{a}/{b}/*", "GET", "/1/2", true), ("/{a}/{b}/*", "GET", "/1", false),
    ])
    func `a pattern covers its requests`(pattern: String, method: String, path: String, isCovered: Bool) throws {
        let pattern = try RoutePattern(parsing: pattern)
        #expect(pattern.covers(RoutePath(path), method: Array(method.utf8)[...]) == isCovered)
    }

    @Test(arguments: [
        "", "login", "POST", "POST login", " /login", "PO ST /a", "P@ST /a", "/a//b", "/a/../b", "/a*", "/*/a", "/{}/a",
        "/{a b}", "/a{b}", "/{a", "/a?b", "/a;b", "/rule:7", "/" + String(repeating: "a/", count: 33),
        "/" + String(repeating: "a", count: 1024),
    ])
    func `what is no route is refused`(text: String) {
        #expect(throws: ModelError.self) { try RoutePattern(parsing: text) }
    }

    @Test func `patterns with the same requests are equal`() throws {
        #expect(try RoutePattern(parsing: "/users/{id}") == RoutePattern(parsing: "* /users/{name}/"))
        #expect(try RoutePattern(parsing: "/users/{id}") != RoutePattern(parsing: "GET /users/{id}"))
        #expect(try RoutePattern(parsing: "/users/*") != RoutePattern(parsing: "/users"))
    }
}
