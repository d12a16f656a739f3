// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import EventBus

extension OCSFRecord {
    /// What became of findings: Vulnerability Finding, 2002.
    ///
    /// - Parameters:
    ///   - uid: tells the event from all others.
    ///   - channel: of the outputs that are to have it, see ``OutputSelection/findings``.
    package init(_ notice: FindingNotice, uid: String, channel: UInt8 = 0) {
        let base = OCSFWriter.Base(
            eventClass: .vulnerabilityFinding,
            activity: notice.topic == .findingNew ? 1 : notice.topic == .findingGone ? 3 : 2,
            time: Int64(notice.time) * 1_000_000_000,
            severity: notice.severity,
            uid: uid,
            topic: notice.topic
        )
        var writer = OCSFWriter()
        writer.begin(base)
        writer.text("message", notice.message)
        writer.number("count", notice.count)
        if notice.topic == .findingNew { writer.number("status_id", 1) }
        if notice.topic == .findingGone { writer.number("status_id", 4) }
        writer.object("finding_info") { info in
            info.text("uid", uid)
            info.text("title", notice.message)
            info.json.key("types")
            info.json.strings([notice.topic.name])
            info.number("first_seen_time", notice.findings.map(\.firstSeen).min().map { $0 * 1000 })
            info.number("last_seen_time", notice.findings.map(\.lastSeen).max().map { $0 * 1000 })
        }
        writer.list("resources", Set(notice.findings.map(\.project)).sorted()) { resource, project in
            resource.text("name", project)
            resource.text("type", "project")
        }
        writer.list("vulnerabilities", notice.findings) { Self.write($1, to: &$0) }
        Self.writeRest(notice, to: &writer)
        self = writer.end(base, disposition: channel)
    }

    private static func write(_ finding: FindingNotice.Finding, to writer: inout OCSFWriter) {
        // Of what it is known by there is just one.
        if let name = finding.vulnerability, name.hasPrefix("CVE-") {
            writer.object("cve") { $0.text("uid", name) }
        } else if let weakness = finding.weakness {
            writer.object("cwe") { cwe in
                cwe.text("uid", "CWE-\(weakness)")
                cwe.text("src_url", "https://cwe.mitre.org/data/definitions/\(weakness).html")
            }
        } else {
            writer.object("advisory") { advisory in
                let name = finding.vulnerability ?? finding.rule
                advisory.text("uid", name.isEmpty ? "unknown" : name)
            }
        }
        writer.text("title", finding.title)
        writer.text("severity", finding.severity)
        writer.text("vendor_name", finding.tool)
        writer.number("first_seen_time", finding.firstSeen * 1000)
        writer.number("last_seen_time", finding.lastSeen * 1000)
        if finding.component != nil { writer.flag("is_fix_available", finding.fix != nil) }
        if let path = finding.path, !path.isEmpty {
            writer.single("affected_code") { code in
                code.object("file") { file in
                    file.text("name", path.split(separator: "/").last.map { String($0) } ?? path)
                    file.text("path", path)
                    // A regular file.
                    file.number("type_id", 1)
                }
                code.number("start_line", finding.line)
            }
        }
        if let component = finding.component, !component.isEmpty {
            writer.single("affected_packages") { item in
                item.text("name", component)
                // It is asked for, and not always known.
                let version = finding.version ?? ""
                item.text("version", version.isEmpty ? "unknown" : version)
                item.text("purl", finding.purl)
                item.text("fixed_in_version", finding.fix)
            }
        }
    }

    private static func writeRest(_ notice: FindingNotice, to writer: inout OCSFWriter) {
        writer.object("unmapped") { rest in
            rest.text("event", notice.topic.name)
            rest.number("told", notice.findings.count)
            // In the order of the vulnerabilities, by which they are found in the console.
            rest.list("findings", notice.findings) { entry, finding in
                entry.text("id", finding.id)
                entry.text("project", finding.project)
                entry.text("state", finding.state)
                entry.text("rule", finding.rule)
                if finding.attacks > 0 { entry.number("attacks", finding.attacks) }
                if let due = finding.due { entry.text("due", Clocks.text(Int64(due) * 1_000_000_000)) }
            }
            guard let scan = notice.scan else { return }
            rest.object("scan") { entry in
                entry.number("number", Int(scan.number))
                entry.text("project", scan.project)
                entry.text("branch", scan.branch)
                entry.text("tool", scan.tool)
                entry.text("commit", scan.commit)
            }
        }
    }
}

extension OCSFWriter {
    /// An array of objects.
    mutating func list<Element>(
        _ key: String,
        _ elements: some Sequence<Element>,
        _ write: (inout OCSFWriter, Element) -> Void
    ) {
        json.key(key)
        json.beginArray()
        for element in elements {
            json.beginObject()
            write(&self, element)
            json.endObject()
        }
        json.endArray()
    }
}
