// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import HTTPTypes
internal import ReportFormats
internal import VulnerabilityManagement

/// The part of the API about components of bills of materials.
enum ComponentRoutes {
    static let all: [Route] = [
        .operation(
            .get,
            "/components",
            .grantedInProjects(.see),
            id: "listComponents",
            "Components of all bills of materials that are kept, by name, versions and project.",
            tag: "Findings",
            query: ComponentPages.query + Cursors.fields,
            answers: .shape("ComponentPage")
        ) { exchange in
            let found = try await ComponentPages.find(exchange)
            return .json(component.page(found.components, next: found.next))
        }
    ]

    static let shapes: [DescribedShape] = [component.described, .page(of: "Component")]

    static let component = Shape<FoundComponent>(
        name: "Component",
        members: [
            .always("name", .text()) { .text($0.name) },
            .sometimes("version", .text()) { $0.version.map { .text($0) } },
            .sometimes("purl", .text(), "The package URL.") { $0.purl.map { .text($0) } },
            .always("licenses", .list(.text())) { .array($0.licenses.map { .text($0) }) },
            .always("depth", .text(), "Whether the project names it itself: direct, transitive or unknown.") {
                .text($0.depth.rawValue)
            },
            .always("project", .text()) { .text($0.project) },
            .sometimes("branch", .text()) { $0.branch.map { .text($0) } },
            .always("artifact", .text(), "What the bill of materials describes.") { .text($0.artifact) },
            .always("imported", .time) { .time($0.imported.nanoseconds) },
        ]
    )
}
