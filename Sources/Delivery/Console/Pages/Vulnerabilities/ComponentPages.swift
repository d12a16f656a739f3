// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Foundation
internal import ReportFormats
internal import VulnerabilityManagement

/// Which project has which component, in which version: all bills of materials, searched.
enum ComponentPages {
    static let path = "/vulnerabilities/components"

    static let query = [
        InputField("name", .text(maximum: 512), "A name, or with * and ? a pattern for names and package URLs."),
        InputField("range", .text(maximum: 1024), "Versions, such as vers:npm/<4.17.21."),
        InputField("project", .text(maximum: 512), "The path of a project or group; all where it is left out."),
    ]

    /// A page of components, for pages and the API.
    static func find(_ exchange: Exchange) async throws -> ComponentPage {
        let bounds = try exchange.bounds
        let search: ComponentSearch
        do throws(FindingFilterError) {
            search = try ComponentSearch(
                name: exchange.query["name"],
                range: exchange.query["range"],
                project: exchange.query["project"],
                within: bounds
            )
        } catch {
            throw Problem.invalid("range, \(error.message)", member: "range")
        }
        guard let store = exchange.services.vulnerabilities?.advisories else {
            return ComponentPage.empty
        }
        // The store seals its own cursors.
        let (cursor, limit) = (exchange.query["cursor"], Cursors(exchange).limit)
        return try await StoreThread.run { try store.components(search, after: cursor, limit: limit) }
    }

    static let list = Route.page(path, .grantedInProjects(.see), query: query + Cursors.fields) { exchange in
        var page = ConsolePage("Components", .vulnerabilities)
        page.trail = ("Vulnerabilities", FindingLinks.home)
        page.lead = "What the bills of materials say that projects are made of."
        let bar = Form.bar(
            path,
            query.map { field in
                .init(field.name, field.name.capitalized, value: exchange.query[field.name] ?? "", length: 1024)
            },
            name: "Find components",
            isSet: query.contains { exchange.query[$0.name] != nil }
        )
        do {
            let found = try await find(exchange)
            page.content = bar + Panel(content: listing(found, exchange)).html
            return try await page.reply(exchange)
        } catch let problem as Problem where problem.member == "range" {
            page.content = .notice(.bad, "\(problem.detail)", isUrgent: true) + bar
            var reply = try await page.reply(exchange)
            reply.status = problem.status
            return reply
        }
    }

    private static func listing(_ found: ComponentPage, _ exchange: Exchange) -> HTML {
        guard !found.components.isEmpty else {
            return .empty(
                "No component fits",
                "<code>redoubt vuln match SBOM --project PROJECT</code> keeps a bill of materials here"
            )
        }
        let rows = found.components.map { component -> [HTML] in
            let filter = FilterText.all(
                "component=\(FilterText.value(component.name))",
                "project=\(FilterText.value(component.project))"
            )
            return [
                "<a href=\"\(FindingLinks.list(filter))\" data-row>\(component.name)</a>",
                HTML(text: component.version ?? ""),
                .link(component.project, FindingLinks.dashboard(component.project)),
                "\(component.artifact)\(component.branch.map { " (\($0))" } ?? "")",
                HTML(text: component.depth.rawValue), HTML(text: component.licenses.joined(separator: ", ")),
                .time(component.imported.nanoseconds, now: exchange.now),
            ]
        }
        return Table(
            "Components",
            [
                .init("Component", "main"), .tight("Version"), .tight("Project"), .init("Artifact"),
                .tight("Dependency"), .init("Licences"), .tight("Taken in"),
            ],
            rows,
            more: Cursors(exchange).nextPage(found.next)
        ).html
    }
}
