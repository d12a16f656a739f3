// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import Matching

/// What scans for the patterns of a rule set, and how far it is to be relied on.
package struct BackendReport {
    private let library: PatternLibrary

    package init(_ library: PatternLibrary) {
        self.library = library
    }

    /// Whether the self-test found every pattern where PCRE2 finds it.
    package var isSound: Bool { library.selfTest.isSound }

    private var figures: [(name: String, text: String, value: Int)] {
        let test = library.selfTest
        return [
            ("groups", "groups of rules", library.groups.count),
            ("patterns", "patterns", test.patterns),
            ("supersets", "whose hits PCRE2 confirms", test.supersets.count),
            ("undecided", "that run without a scan", test.undecided.count),
            ("missed", "missed in the self-test", test.failed.count),
            ("scans", "scans in the self-test", test.scans),
            ("bytes", "bytes of memory", library.memorySize),
        ]
    }

    package var text: String {
        var lines = ["scanner: \(library.backend)"]
        if let reason = library.fallbackReason {
            lines.append("Hyperscan is not used: \(reason)")
        }
        lines += figures.map { "\($0.value) \($0.text)" }
        for finding in library.selfTest.undecided {
            lines.append("group \(finding.group), pattern \(finding.pattern): \(finding.reason)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("backend")
        json.string("\(library.backend)")
        json.key("fallback_reason")
        if let reason = library.fallbackReason {
            json.string(reason)
        } else {
            json.null()
        }
        for figure in figures {
            json.key(figure.name)
            json.number(figure.value)
        }
        json.endObject()
        json.endLine()
        return json.bytes
    }
}
