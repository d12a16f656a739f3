// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Fields that are made of more than one value.
extension JSONFieldReader {
    mutating func value(of special: JSONSpecialField, _ field: FieldReference, _ root: JSONNode) -> FieldValue {
        if let value = envelope(special) {
            return value
        }
        switch special {
        case .pointer: return value(of: node(at: field.key, root))
        case .detail: return value(of: root["details"].member(field.key.bindMemory(to: UInt8.self)))
        case .parameter: return parameter(field.key, root["requestURI"])
        case .pod: return root["objectRef"]["resource"].equals("pods") ? value(of: root["objectRef"]["name"]) : .absent
        case .notAvailable: return .text("N/A")
        case .anyPrivileged:
            let containers = root["requestObject"]["spec"]["containers"]
            guard containers.kind == .array else { return .absent }
            let isPrivileged = containers.elements.contains { $0["securityContext"]["privileged"].bool == true }
            return .text(isPrivileged ? "true" : "false")
        case .firstRepository:
            return repository(root["requestObject"]["spec"]["containers"][0]["image"])
        case .hasHostPath: return hasHostPath(field.key, root)
        default: return composed(special)
        }
    }

    mutating func append(
        _ special: JSONSpecialField,
        _ field: FieldReference,
        _ root: JSONNode,
        _ containers: JSONNode,
        to values: inout FieldValues
    ) {
        let index = field.argument == .index ? Int(field.index) : nil
        switch special {
        case .repositories:
            for (place, container) in containers.elements.enumerated()
            where index == nil || index == place {
                append(repository(container["image"]), to: &values)
            }
        case .effectiveUsers: appendEffective("runAsUser", root, containers, index, to: &values)
        case .effectiveGroups: appendEffective("runAsGroup", root, containers, index, to: &values)
        case .volumeTypes:
            for (place, volume) in root["requestObject"]["spec"]["volumes"].elements.enumerated()
            where index == nil || index == place {
                for member in volume.members where member.name != "name" {
                    append(scratch.copy(Array(member.name.utf8)), to: &values)
                }
            }
        case .userSubjects: appendSubjects("User", root, to: &values)
        case .groupSubjects: appendSubjects("Group", root, to: &values)
        case .accountSubjects: appendSubjects("ServiceAccount", root, to: &values)
        case .namespacedSubjects:
            for subject in root["requestObject"]["subjects"].elements where subject["kind"].equals("ServiceAccount") {
                let name = (subject["namespace"].bytes ?? []) + [UInt8(ascii: ":")] + (subject["name"].bytes ?? [])
                append(scratch.copy(name), to: &values)
            }
        default: append(value(of: special, field, root), to: &values)
        }
    }

    private func append(_ value: FieldValue, to values: inout FieldValues) {
        if !value.isAbsent {
            values.append(value)
        }
    }

    private mutating func appendSubjects(_ kind: StaticString, _ root: JSONNode, to values: inout FieldValues) {
        for subject in root["requestObject"]["subjects"].elements where subject["kind"].equals(kind) {
            append(value(of: subject["name"]), to: &values)
        }
    }

    /// What a container runs as: its own setting, else the pod's, else root.
    private mutating func appendEffective(
        _ name: StaticString,
        _ root: JSONNode,
        _ containers: JSONNode,
        _ index: Int?,
        to values: inout FieldValues
    ) {
        let ofPod = root["requestObject"]["spec"]["securityContext"][name]
        for (place, container) in containers.elements.enumerated()
        where index == nil || index == place {
            let own = container["securityContext"][name]
            if own.exists {
                append(value(of: own), to: &values)
            } else {
                append(ofPod.exists ? value(of: ofPod) : .text("0"), to: &values)
            }
        }
    }

    /// An image's name without tag and digest. The port of a registry is no tag.
    private mutating func repository(_ image: JSONNode) -> FieldValue {
        let value = value(of: image)
        guard value.kind == .bytes else { return .absent }
        let bytes = value.bytes
        var end = bytes.firstIndex(of: UInt8(ascii: "@")) ?? bytes.count
        let nameStart = bytes[..<end].lastIndex(of: UInt8(ascii: "/")) ?? 0
        if let colon = bytes[nameStart..<end].firstIndex(of: UInt8(ascii: ":")) {
            end = colon
        }
        return .bytes(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
    }

    /// Whether a volume mounts the path, or one below it where the argument ends with a star.
    private mutating func hasHostPath(_ key: UnsafeRawBufferPointer, _ root: JSONNode) -> FieldValue {
        let volumes = root["requestObject"]["spec"]["volumes"]
        guard volumes.kind == .array else { return .absent }
        let isPrefix = key.last == UInt8(ascii: "*")
        let wanted = isPrefix ? key.dropLast() : key[...]
        for volume in volumes.elements {
            let path = value(of: volume["hostPath"]["path"])
            guard path.kind == .bytes else { continue }
            if isPrefix ? path.bytes.starts(with: wanted) : path.bytes.elementsEqual(wanted) {
                return .text("true")
            }
        }
        return .text("false")
    }

    /// A parameter of the request's query, decoded.
    private mutating func parameter(_ key: UnsafeRawBufferPointer, _ uri: JSONNode) -> FieldValue {
        let text = value(of: uri)
        guard text.kind == .bytes, let mark = text.bytes.firstIndex(of: UInt8(ascii: "?")) else { return .absent }
        for pair in text.bytes[(mark + 1)...].split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard Self.decoded(parts[0]).elementsEqual(key) else { continue }
            return scratch.copy(parts.count > 1 ? Self.decoded(parts[1]) : [])
        }
        return .absent
    }

    /// Undoes percent encoding and plus signs.
    private static func decoded(_ text: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte == UInt8(ascii: "%"), index + 2 < text.endIndex, let high = HexDigits.value(text[index + 1]),
                let low = HexDigits.value(text[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
                continue
            }
            bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            index += 1
        }
        return bytes
    }

    /// The value that a JSON pointer leads to (RFC 6901); the slash at its beginning may be missing.
    private func node(at pointer: UnsafeRawBufferPointer, _ root: JSONNode) -> JSONNode {
        var node = root
        var rest = pointer[...]
        if rest.first == UInt8(ascii: "/") {
            rest = rest.dropFirst()
        }
        guard !rest.isEmpty else { return node }
        for part in rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if node.kind == .array {
                guard let index = Int(String(decoding: part, as: UTF8.self)), index >= 0 else { return root["\u{0}"] }
                node = node[index]
            } else if part.contains(UInt8(ascii: "~")) {
                let name = Self.unescaped(part)
                node = name.withUnsafeBufferPointer { node.member($0) }
            } else {
                node = UnsafeRawBufferPointer(rebasing: part).withMemoryRebound(to: UInt8.self) { node.member($0) }
            }
        }
        return node
    }

    /// `~1` is a slash and `~0` a tilde.
    private static func unescaped(_ text: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        var bytes: [UInt8] = []
        var isEscaped = false
        for byte in text {
            if isEscaped {
                bytes.append(byte == UInt8(ascii: "1") ? UInt8(ascii: "/") : UInt8(ascii: "~"))
                isEscaped = false
            } else if byte == UInt8(ascii: "~") {
                isEscaped = true
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
