// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Storage
import VulnerabilityManagement

/// `redoubt vuln view`.
struct VulnView: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "view",
        abstract: "Filters of findings that are kept under a name.",
        discussion: """
            A view is its owner's alone unless it is shared. The console shows one's own and shared ones above the list of \
            findings.
            """,
        subcommands: [List.self, Save.self, Remove.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List one's own views, and behind them those that others share."
        )

        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                let asked = try await server.ask(place, by: maker, onlyNamed: true) { api in
                    try await api.get("/finding-views")
                }
                if let asked { return write(asked.elements ?? []) }
                let store = try place.open(isMade: false)
                let views = try store.savedViews(for: maker.maker)
                try store.close()
                write(try views.map { try $0.value(for: maker.maker) })
            }
        }

        private func write(_ views: [JSONValue]) {
            switch output.format {
            case .json: StandardOutput.write(JSONValue.array(views).line)
            case .ndjson: for view in views { StandardOutput.write(view.line) }
            case .text:
                let lines = views.map { view in
                    let whose = view["own"]?.bool == true ? "" : ", \(view.text(at: "owner"))'s"
                    let shared = view["shared"]?.bool == true ? ", shared" : ""
                    let about = "(by \(view.text(at: "sort"))\(shared)\(whose))"
                    return "\(view.text(at: "name"))  \(view.text(at: "filter"))  \(about)"
                }
                let all = lines.map(\.shownInOneLine) + ["\(lines.count) views"]
                StandardOutput.write(all.joined(separator: "\n") + "\n")
            }
        }
    }

    struct Save: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep a filter under a name, instead of the one that was there."
        )

        @Argument(help: "Its name, 1 to 64 characters.")
        var name: String

        @Option(help: "The filter, such as 'severity>=high kind=sast open'.")
        var filter: String

        @Option(help: "The order: priority, severity, age, due or attack.")
        var sort: String = FindingOrder.priority.rawValue

        @Flag(help: "For everybody who sees findings; that takes the permission triage.")
        var shared = false

        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                guard let order = FindingOrder(rawValue: sort) else {
                    throw CommandFailure.badInput("--sort is one of \(FindingOrder.names)")
                }
                let view = try SavedView(
                    owner: maker.maker,
                    name: name,
                    filter: filter,
                    sort: order,
                    isShared: shared,
                    changed: Moment.now
                )
                let asked = try await server.ask(place, by: maker) { api in
                    let members: [(String, JSONValue?)] = [
                        ("filter", JSONValue(filter)), ("sort", JSONValue(sort)), ("shared", .bool(shared)),
                    ]
                    return try await api.send("PUT", "/finding-views/\(view.name.pathSegment)", members)
                }
                if let asked { return write(asked) }
                let store = try place.open(isMade: false)
                try store.save(view)
                try store.close()
                write(try view.value(for: view.owner))
            }
        }

        private func write(_ view: JSONValue) {
            guard output.format == .text else { return StandardOutput.write(view.line) }
            StandardOutput.write("the view \(view.text(at: "name")) is kept\n")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove one of one's own views.")

        @Argument(help: "Its name.")
        var name: String

        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions

        func run() async throws {
            try await withTriageErrors {
                let name = try SavedView.checkedName(name)
                let asked = try await server.ask(place, by: maker) { api in
                    try await api.send("DELETE", "/finding-views/\(name.pathSegment)", [])
                }
                if asked == nil {
                    let store = try place.open(isMade: false)
                    guard try store.removeSavedView(name, of: maker.maker) else {
                        throw CommandFailure.badInput("you have no view \(name)", hint: "redoubt vuln view list")
                    }
                    try store.close()
                }
                StandardOutput.write("the view \(name) is removed\n")
            }
        }
    }
}

extension SavedView {
    /// As the API has it.
    ///
    /// - Parameter reader: who reads it.
    fileprivate func value(for reader: String) throws -> JSONValue {
        var json = JSONWriter()
        json.beginObject()
        for (key, text) in [("name", name), ("filter", filter), ("sort", sort.rawValue), ("owner", owner)] {
            json.key(key)
            json.string(text)
        }
        for (key, flag) in [("shared", isShared), ("own", owner == reader)] {
            json.key(key)
            json.bool(flag)
        }
        json.key("changed")
        json.string(rfc3339(seconds: changed))
        json.endObject()
        return try JSONValue.written(json.bytes)
    }
}

extension FindingOrder {
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
