// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// SPDX 2.2 and 2.3 in JSON.
enum SPDXReport: JSONReport {
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws {
        try json.forEachDocument {
            try json.forEachMember { name in
                switch name {
                case "spdxVersion":
                    output.scan.formatVersion = try json.read().text
                case "name":
                    output.scan.artifact = try json.read().text
                case "creationInfo":
                    let info = try json.read()
                    takeCreators(info["creators"].texts, output)
                    output.scan.finished = info["created"].text
                case "packages":
                    try json.forEachElement { _ in try package(try json.read()).emit(at: json.origin, to: output) }
                case "@graph":
                    let message = "SPDX 3 is not read; export the document as SPDX 2.3"
                    throw ReportError(.unsupported, message, at: json.origin)
                default:
                    break
                }
            }
        }
    }

    /// `Tool: syft-1.50.0`: the name and, behind the last dash, the version.
    static func takeCreators(_ creators: [String], _ output: ReportOutput) {
        guard let tool = creators.lazy.compactMap({ $0.dropping(prefix: "Tool: ") }).first else {
            return
        }
        let dash = tool.lastIndex(of: "-")
        let version = dash.map { String(tool[tool.index(after: $0)...]) }
        let isVersion = version?.contains { $0.isNumber } == true
        output.scan.tool = isVersion ? dash.map { String(tool[..<$0]) } : tool
        output.scan.version = isVersion ? version : nil
    }

    private static func package(_ node: JSONNode) -> SPDXPackage {
        var package = SPDXPackage()
        package.id = node["SPDXID"].text
        package.name = node["name"].text
        package.version = node["versionInfo"].anyText
        package.licenseConcluded = node["licenseConcluded"].text
        package.licenseDeclared = node["licenseDeclared"].text
        package.purpose = node["primaryPackagePurpose"].text
        package.references = node["externalRefs"].elements.prefix(256).map { reference in
            (
                reference["referenceCategory"].text ?? "", reference["referenceType"].text ?? "",
                reference["referenceLocator"].text ?? "", reference["comment"].text
            )
        }
        return package
    }
}
