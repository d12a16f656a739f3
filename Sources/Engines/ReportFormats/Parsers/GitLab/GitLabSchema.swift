// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// The rules of GitLab's report schemas, versions 15.x, of which a broken one is told with its place.
///
/// A report that breaks them is read all the same, as analyzers in use do break them; only a version of another
/// generation is refused.
enum GitLabSchema {
    /// The last patch of each version that is known.
    private static let patches: [String: Int] = [
        "14.0": 6, "14.1": 3, "15.0": 7, "15.1": 4, "15.2": 4,
    ]
    private static let severities: Set = ["Info", "Unknown", "Low", "Medium", "High", "Critical"]

    /// What the outermost object has.
    struct Root {
        var members: Set<String> = []
        var version: String?

        /// - Throws: ``ReportError`` if the report is of a version that is not read.
        func check(_ output: ReportOutput) throws {
            for name in ["scan", "version", "vulnerabilities"] where !members.contains(name) {
                output.note(.schema, at: .pointer(""), "the member \"\(name)\" is missing")
            }
            guard let version else {
                return
            }
            let parts = version.split(separator: ".").map { Int($0) }
            guard let major = parts.first, let major else {
                output.note(.schema, at: .pointer("/version"), "\"\(version)\" is no version")
                return
            }
            guard [2, 3, 13, 14, 15].contains(major) else {
                throw ReportError(
                    .unsupported,
                    (["reports of version \(version) are not read"]
                        + output.scan.problems.prefix(5).map { "\($0.place.description): \($0.message)" })
                        .joined(separator: "; "),
                    at: .pointer("/version")
                )
            }
            checkPatch(parts, output)
        }

        private func checkPatch(_ parts: [Int?], _ output: ReportOutput) {
            guard let version, parts.count >= 2, let major = parts[0], let minor = parts[1], major >= 14 else {
                output.note(.schema, at: .pointer("/version"), "the schema of version \(version ?? "?") is retired")
                return
            }
            guard let newest = GitLabSchema.patches["\(major).\(minor)"] else {
                output.note(.schema, at: .pointer("/version"), "version \(version) is not known; read as \(major)")
                return
            }
            if let patch = parts.dropFirst(2).first.flatMap(\.self), patch > newest {
                output.note(
                    .warning,
                    at: .pointer("/version"),
                    "version \(version) is newer than \(major).\(minor).\(newest), by which it is read"
                )
            }
        }
    }

    static func checkScan(_ scan: JSONNode, at place: ReportPlace, output: ReportOutput) {
        var check = Check(place: place, output: output)
        for part: StaticString in ["analyzer", "scanner"] {
            check.require(scan, part, .object)
            for name: StaticString in ["id", "name", "version"] where scan[part].kind == .object {
                check.require(scan[part], name, .string, below: "\(part)")
            }
        }
        for name: StaticString in ["start_time", "end_time", "status", "type"] {
            check.require(scan, name, .string)
        }
        for name: StaticString in ["start_time", "end_time"] {
            if let time = scan[name].text, !isTime(time) {
                check.note("\(name)", "\"\(time)\" is no time of the form yyyy-mm-ddThh:mm:ss")
            }
        }
        if let status = scan["status"].text, status != "success", status != "failure" {
            check.note("status", "\"\(status)\" is neither success nor failure")
        }
    }

    static func checkVulnerability(
        _ node: JSONNode,
        as format: ReportFormat,
        at place: ReportPlace,
        output: ReportOutput
    ) {
        // Once the list of problems is full there is nothing left to look for.
        guard output.scan.problems.count < output.limits.problems else {
            return
        }
        var check = Check(place: place, output: output)
        check.require(node, "id", .string)
        check.require(node, "identifiers", .array)
        check.require(node, "location", .object)
        let identifiers = node["identifiers"]
        if identifiers.kind == .array, identifiers.count == 0 {
            check.note("identifiers", "at least one identifier is needed")
        }
        for (index, identifier) in identifiers.elements.enumerated() {
            check.require(identifier, "type", .string, below: "identifiers/\(index)")
            check.require(identifier, "name", .string, below: "identifiers/\(index)")
            check.require(identifier, "value", .string, below: "identifiers/\(index)")
        }
        if let severity = node["severity"].text, !severities.contains(severity) {
            check.note("severity", "\"\(severity)\" is no severity")
        }
        for (name, limit) in longest {
            // What stands there takes no fewer bytes than what it says.
            let text = node[name]
            if text.raw.count > limit, let length = text.string?.utf8.count, length > limit {
                check.note("\(name)", "longer than \(limit) characters")
            }
        }
        checkLocation(node["location"], as: format, &check)
    }

    private static let longest: [(name: StaticString, bytes: Int)] = [
        ("name", 255), ("solution", 7000), ("description", 1_048_576),
    ]
    private static let lines: [StaticString] = ["start_line", "end_line"]

    private static func checkLocation(_ place: JSONNode, as format: ReportFormat, _ check: inout Check) {
        guard place.kind == .object else {
            return
        }
        let required: [StaticString] =
            switch format {
            case .gitLabDependencyScanning: ["file", "dependency"]
            case .gitLabContainerScanning: ["dependency", "operating_system", "image"]
            case .gitLabClusterImageScanning: ["dependency", "image", "kubernetes_resource"]
            case .gitLabSecretDetection: ["commit"]
            default: []
            }
        for name in required where !place[name].exists {
            check.note("location", "the member \"\(name)\" is missing")
        }
        for name in lines where place[name].hasValue && place[name].kind != .number {
            check.note("location/\(name)", "\(place[name].kind.name) where a number was expected")
        }
        for name in lines where place[name].integer ?? 0 < 0 {
            check.note("location/\(name)", "a line is negative")
        }
    }

    /// Whether a text is a time as the schema's pattern has it: a date, a `T`, hours, minutes and seconds.
    private static func isTime(_ text: String) -> Bool {
        let shape = "dddd-dd-ddTdd:dd:dd".utf8
        return text.utf8.count >= shape.count
            && zip(text.utf8, shape).allSatisfy { byte, wanted in
                wanted == UInt8(ascii: "d") ? byte &- 0x30 < 10 : byte == wanted
            }
    }

    private struct Check {
        let place: ReportPlace
        let output: ReportOutput

        private var pointer: String { place.pointer ?? "" }

        mutating func require(
            _ node: JSONNode,
            _ name: StaticString,
            _ kind: JSONKind,
            below path: @autoclosure () -> String = ""
        ) {
            let value = node[name]
            guard value.kind != kind else {
                return
            }
            let path = path()
            let place = path.isEmpty ? pointer : "\(pointer)/\(path)"
            if !value.exists {
                output.note(.schema, at: .pointer(place), "the member \"\(name)\" is missing")
            } else {
                output.note(
                    .schema,
                    at: .pointer("\(place)/\(name)"),
                    "\(value.kind.name) where \(kind.name) was expected"
                )
            }
        }

        mutating func note(_ name: String, _ message: String) {
            output.note(.schema, at: .pointer("\(pointer)/\(name)"), message)
        }
    }
}
