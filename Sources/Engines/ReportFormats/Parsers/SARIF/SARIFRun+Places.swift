// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension SARIFRun {
    /// Where a `location` is (SARIF 2.1.0, section 3.28).
    func location(_ node: JSONNode) -> FindingLocation {
        let physical = node["physicalLocation"]
        var location = FindingLocation(file: file(physical["artifactLocation"]))
        let region = physical["region"]
        location.startLine = region["startLine"].position
        location.endLine = region["endLine"].position ?? location.startLine
        location.startColumn = region["startColumn"].position
        location.endColumn = region["endColumn"].position
        takeLogicalPlace(node["logicalLocations"][0], into: &location)
        if location.scope == nil {
            takeLogicalPlace(node["logicalLocation"], into: &location)
        }
        if let file = location.file, file.utf8.first == UInt8(ascii: "h"),
            file.hasPrefix("http://") || file.hasPrefix("https://")
        {
            location.setURL(file)
            location.file = nil
        }
        return location
    }

    private func takeLogicalPlace(_ node: JSONNode, into location: inout FindingLocation) {
        guard node.exists else {
            return
        }
        var place = SARIFLogicalLocation(node)
        if let index = node["index"].integer, logicalLocations.indices.contains(index) {
            place.name = place.name ?? logicalLocations[index].name
            place.kind = place.kind ?? logicalLocations[index].kind
        }
        location.scope = place.name
        switch place.kind {
        case "function", "member": location.method = node["name"].text ?? place.name
        case "type": location.className = node["name"].text ?? place.name
        case "resource": location.resource = place.name
        case "parameter": location.parameter = node["name"].text ?? place.name
        default: break
        }
    }

    /// The path of an artifact: relative to the root of what was scanned where the log tells, and decoded.
    private func file(_ node: JSONNode) -> String? {
        var uri = node["uri"].text
        var base = node["uriBaseId"].text
        if uri == nil, let index = node["index"].integer, artifacts.indices.contains(index) {
            uri = artifacts[index].uri
            base = artifacts[index].base
        }
        guard var path = uri else {
            return nil
        }
        if bases.isEmpty, Self.isPlain(path) {
            return path
        }
        // A base may stand on another one; a base that is absolute is where the tool ran, which says nothing here.
        for _ in 0..<Self.mostBases {
            guard path.utf8.count <= Self.longestPath, let id = base, let found = bases[id], !Self.isAbsolute(path),
                let prefix = found.uri,
                !Self.isAbsolute(prefix)
            else {
                break
            }
            path = prefix + path
            base = found.base
        }
        return Self.decode(relative(path))
    }

    /// Bases that stand on each other, and the bytes of a path put together: a base may stand on itself.
    private static let mostBases = 16
    private static let longestPath = 64 << 10

    /// Whether a URI is a path as it stands: no scheme, nothing encoded, and no `/` or `.` in front.
    private static func isPlain(_ uri: String) -> Bool {
        guard let first = uri.utf8.first, first != UInt8(ascii: "/"), first != UInt8(ascii: ".") else {
            return false
        }
        return !uri.holds(UInt8(ascii: ":")) && !uri.holds(UInt8(ascii: "%"))
    }

    static func isAbsolute(_ uri: String) -> Bool {
        uri.hasPrefix("/") || uri.range(ofASCII: "://") != nil || uri.hasPrefix("file:")
    }

    /// An absolute URI without the base below which it lies, and without `file://`.
    private func relative(_ uri: String) -> String {
        if let prefix = absoluteBases.first(where: { uri.hasPrefix($0) }) {
            let rest = uri.dropFirst(prefix.count)
            return String(rest.first == "/" ? rest.dropFirst() : rest)
        }
        return uri.dropping(prefix: "file://") ?? uri.dropping(prefix: "file:") ?? uri.dropping(prefix: "./") ?? uri
    }

    /// A text with `%41` decoded.
    private static func decode(_ text: String) -> String {
        guard text.holds(UInt8(ascii: "%")) else {
            return text
        }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), value != 0
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Ways of data

    /// The thread flows of a result, each as one way (SARIF 2.1.0, section 3.36).
    func codeFlows(_ node: JSONNode) -> [[CodeFlowStep]] {
        guard node.exists else { return [] }
        return node.elements.prefix(10).flatMap { flow in
            flow["threadFlows"].elements.prefix(10).map { thread in
                thread["locations"].elements.prefix(256).map { step in
                    if let index = step["index"].integer, flowLocations.indices.contains(index),
                        !step["location"].exists
                    {
                        return flowLocations[index]
                    }
                    return flowStep(step)
                }
            }
        }.filter { !$0.isEmpty }
    }

    func flowStep(_ node: JSONNode) -> CodeFlowStep {
        let place = node["location"]
        return CodeFlowStep(location: location(place), message: place["message"]["text"].text)
    }
}
