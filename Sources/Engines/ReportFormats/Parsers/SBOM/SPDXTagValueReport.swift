// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// SPDX 2.2 and 2.3 as lines of `Tag: value`; a value in `<text>` may have several lines.
enum SPDXTagValueReport {
    static func parse(_ lines: LineReader, to output: ReportOutput) throws {
        var package: SPDXPackage?
        var place = ReportPlace.line(1)
        while let line = try lines.next() {
            guard let (tag, value) = try split(line, lines) else {
                continue
            }
            switch tag {
            case "PackageName":
                try package?.emit(at: place, to: output)
                place = .line(lines.line)
                package = SPDXPackage(name: value)
            case "FileName", "SnippetSPDXID", "LicenseID", "Relationship":
                // What follows belongs to something else than the package.
                try package?.emit(at: place, to: output)
                package = nil
            default:
                if package != nil {
                    package?.take(tag, value)
                } else {
                    takeDocument(tag, value, output)
                }
            }
        }
        try package?.emit(at: place, to: output)
    }

    private static func split(_ line: String, _ lines: LineReader) throws -> (String, String)? {
        guard let colon = line.firstIndex(of: ":"), !line.hasPrefix("#") else {
            return nil
        }
        let tag = line[..<colon].trimmingSpace()
        var value = line[line.index(after: colon)...].trimmingSpace()
        guard let text = value.dropping(prefix: "<text>") else {
            return (tag, value)
        }
        value = text
        while !value.hasSuffix("</text>"), value.utf8.count < 1 << 20, let more = try lines.next() {
            value += "\n" + more.trimmingSpace()
        }
        return (tag, value.hasSuffix("</text>") ? String(value.dropLast(7)) : value)
    }

    private static func takeDocument(_ tag: String, _ value: String, _ output: ReportOutput) {
        switch tag {
        case "SPDXVersion": output.scan.formatVersion = value
        case "DocumentName": output.scan.artifact = value
        case "Created": output.scan.finished = value
        case "Creator": SPDXReport.takeCreators([value], output)
        default: break
        }
    }
}

extension SPDXPackage {
    fileprivate mutating func take(_ tag: String, _ value: String) {
        switch tag {
        case "SPDXID": id = value
        case "PackageVersion": version = value
        case "PackageLicenseConcluded": licenseConcluded = value
        case "PackageLicenseDeclared": licenseDeclared = value
        case "PrimaryPackagePurpose": purpose = value
        case "ExternalRef":
            let parts = value.split(maxSplits: 2, whereSeparator: { $0 == " " || $0 == "\t" }).map { String($0) }
            if parts.count == 3, references.count < 256 {
                references.append((parts[0], parts[1], parts[2].trimmingSpace(), nil))
            }
        case "ExternalRefComment":
            if let last = references.indices.last {
                references[last].comment = value
            }
        default: break
        }
    }
}
