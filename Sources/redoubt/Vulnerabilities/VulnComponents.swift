// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import ReportFormats
import Storage
import VulnerabilityManagement

/// `redoubt vuln components`.
struct VulnComponents: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "components",
        abstract: "Say which projects have a component, and in which version.",
        discussion: """
            All bills of materials are searched that vuln match --project keeps:
              redoubt vuln components log4j-core --range 'vers:maven/<2.17.1'
            """
    )

    @Argument(help: "The name, or with * and ? a pattern for names and package URLs.")
    var name: String?

    @Option(help: "Versions in the notation of vers, such as 'vers:npm/<4.17.21'.")
    var range: String?

    @Option(help: "Only those of this project, or of all projects of this group.")
    var project: String?

    @OptionGroup var place: AdvisoryStoreOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let search: ComponentSearch
        do {
            search = try ComponentSearch(name: name, range: range, project: project)
        } catch {
            throw CommandFailure.badInput(error.message)
        }
        let store = try place.open(isMade: false)
        do throws(StorageError) {
            var list = Listing(format: output.format)
            var cursor: String?
            repeat {
                let page = try store.components(search, after: cursor, limit: AdvisoryStore.mostComponents)
                for component in page.components { list.add(component) }
                cursor = page.next
            } while cursor != nil
            list.end()
            try store.close()
        } catch {
            throw CommandFailure.couldNotRun("the components cannot be read: \(error)")
        }
    }

    /// Writes one after another, so that a long list takes no memory.
    private struct Listing {
        let format: OutputFormat
        private var count = 0

        init(format: OutputFormat) {
            self.format = format
        }

        mutating func add(_ component: FoundComponent) {
            defer { count += 1 }
            guard format != .text else {
                let version = component.version.map { " \($0)" } ?? ""
                let artifact = component.artifact.isEmpty ? "" : ", \(component.artifact)"
                let branch = component.branch.map { " (\($0))" } ?? ""
                let line =
                    "\(component.name)\(version)  \(component.project)\(branch)\(artifact), \(component.depth.rawValue)"
                return StandardOutput.write(line.shownSafely + "\n")
            }
            var json = JSONWriter()
            component.write(to: &json)
            if format == .json {
                StandardOutput.write(Array((count == 0 ? "[" : ",").utf8) + json.bytes)
            } else {
                json.endLine()
                StandardOutput.write(json.bytes)
            }
        }

        func end() {
            switch format {
            case .json: StandardOutput.write(count == 0 ? "[]\n" : "]\n")
            case .text: StandardError.write("\(count) found\n")
            default: return
            }
        }
    }
}

extension FoundComponent {
    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        for (name, value) in [
            ("name", name), ("version", version), ("purl", purl), ("depth", depth.rawValue), ("project", project),
            ("branch", branch), ("artifact", artifact),
        ] {
            json.key(name)
            json.stringOrNull(value)
        }
        json.key("licenses")
        json.beginArray()
        for license in licenses { json.string(license) }
        json.endArray()
        json.key("imported")
        json.string(rfc3339(seconds: imported))
        json.endObject()
    }
}
