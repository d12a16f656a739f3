// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
package import SecLang

/// Shows rules some made-up transactions before they serve, so that no visitor waits for what is done once: memory that
/// is touched for the first time, scratch space, tables filled on first use.
package enum RuleWarmUp {
    /// Takes some milliseconds. Nothing is logged, no program is run, and no counter of a client changes.
    ///
    /// - Returns: how many of them the rules would have stopped.
    @discardableResult
    package static func run(_ rules: RuleSet) -> Int {
        let collections = PersistentCollections(capacity: 64)
        var stopped = 0
        for request in requests {
            var context = TransactionContext(
                identifier: Array("warm-up".utf8),
                now: { SystemClock.nanoseconds },
                collections: collections,
                observesOnly: true
            )
            context.budget = 0
            var transaction = Transaction(rules: rules, context: context)
            TransactionEvaluator.feed(request, to: &transaction)
            transaction.finish()
            stopped += transaction.would == nil ? 0 : 1
        }
        return stopped
    }

    private static var requests: [RecordedTransaction] {
        [
            request("GET", "/search?q=spare+parts&page=2", type: nil, ""),
            request(
                "POST",
                "/login",
                type: "application/x-www-form-urlencoded",
                "name=ann&note=Let%27s%20go%20%26%20see"
            ),
            request("POST", "/api/items", type: "application/json", #"{"name":"ann","tags":["a","b"],"count":3}"#),
        ]
    }

    private static func request(
        _ method: String,
        _ target: String,
        type: String?,
        _ body: String
    ) -> RecordedTransaction {
        var fields: [(name: String, value: String)] = [
            ("Host", "localhost"), ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"), ("Accept", "text/html,*/*;q=0.8"),
            ("Accept-Language", "en"), ("Cookie", "session=0a1b2c3d; theme=dark"),
        ]
        if let type {
            fields += [("Content-Type", type), ("Content-Length", "\(body.utf8.count)")]
        }
        let head = HTTPRequestHead(
            method: Array(method.utf8),
            target: Array(target.utf8),
            version: Array("HTTP/1.1".utf8),
            fields: fields.map { (name: Array($0.name.utf8), value: Array($0.value.utf8)) }
        )
        let page = Array("<!doctype html><title>Items</title><p>Two items were found.</p>".utf8)
        let responseHead = HTTPResponseHead(
            version: Array("HTTP/1.1".utf8),
            status: 200,
            reason: Array("OK".utf8),
            fields: [(name: Array("Content-Type".utf8), value: Array("text/html; charset=utf-8".utf8))]
        )
        return RecordedTransaction(
            id: "warm-up",
            connection: HTTPConnectionInfo(
                clientAddress: "192.0.2.1",
                clientPort: 40_000,
                serverAddress: "192.0.2.2",
                serverPort: 80
            ),
            request: ReceivedRequest(head: head, body: Array(body.utf8), refusal: nil),
            response: RecordedResponse(head: responseHead, body: page)
        )
    }
}
