// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access

/// What works, what does not, and what is not seen.
enum HealthPage {
    static let route = Route.page("/health", .granted(.see), query: [Done.field]) { exchange in
        let checks = await exchange.services.health()
        var page = ConsolePage("Health", .health)
        let bad = checks.filter { $0.state != .fine }.count
        page.lead =
            bad == 0 ? "All \(checks.count) checks are fine." : "\(bad) of \(checks.count) checks need attention."
        let rows = checks.sorted { rank($0.state) < rank($1.state) }.map { check -> [HTML] in
            [sign(check.state), HTML(text: check.name), HTML(text: check.detail)]
        }
        let table = Table("Checks", [.tight("State"), .tight("Part"), .init("What it says")], rows).html
        page.content = .grid([
            Panel("Checks", content: rows.isEmpty ? .empty("No check is wired") : table),
            Panel(
                "For machines",
                content: """
                    <p><code>/health/live</code> and <code>/health/ready</code> need no sign-in. <code>/metrics</code> takes a \
                    token with the scope <code>see</code>. <a href="/api/v1/openapi.json">The API</a> is described by OpenAPI.</p>
                    """
            ),
        ])
        return try await page.reply(exchange)
    }

    private static func rank(_ state: HealthCheck.State) -> Int {
        switch state {
        case .failed: 0
        case .degraded: 1
        case .fine: 2
        }
    }

    static func sign(_ state: HealthCheck.State) -> HTML {
        switch state {
        case .fine: "<span class=\"badge good\"><i aria-hidden=\"true\">\u{2713}</i>fine</span>"
        case .degraded: "<span class=\"badge medium\"><i aria-hidden=\"true\">\u{25C6}</i>degraded</span>"
        case .failed: "<span class=\"badge critical\"><i aria-hidden=\"true\">\u{25A0}</i>failed</span>"
        }
    }
}
