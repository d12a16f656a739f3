// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// Reads the fields of events that are JSON documents: Kubernetes audit events, GitLab's and GitHub's audit logs.
///
/// Text points into the document wherever it can; only what holds escapes or white space is composed anew.
package struct JSONFieldReader: FieldReader, ~Copyable {
    private let paths: [JSONFieldPath]
    private let source: StaticString
    private var document = JSONDocument()
    private(set) var root: JSONNode?
    private(set) var bytes = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// The events of a list that are still to come.
    private var items: JSONNode.Elements?
    var scratch = EventScratch()
    /// The event's number, from 1.
    package private(set) var number: UInt64 = 0
    /// Nanoseconds since 1970.
    package private(set) var time: UInt64 = 0
    private let hostname: [UInt8]

    private init(_ tables: [StaticString], source: StaticString, hostname: String) {
        paths = JSONFieldPath.all(tables)
        self.source = source
        self.hostname = Array(hostname.utf8)
    }

    /// For the source `k8s_audit`.
    package static func kubernetesAudit(hostname: String = "") -> JSONFieldReader {
        JSONFieldReader([JSONFieldTable.common, JSONFieldTable.kubernetes], source: "k8s_audit", hostname: hostname)
    }

    /// For the source `gitlab`.
    package static func gitLab(hostname: String = "") -> JSONFieldReader {
        JSONFieldReader([JSONFieldTable.common, JSONFieldTable.gitLab], source: "gitlab", hostname: hostname)
    }

    /// For the source `github`.
    package static func gitHub(hostname: String = "") -> JSONFieldReader {
        JSONFieldReader([JSONFieldTable.common, JSONFieldTable.gitHub], source: "github", hostname: hostname)
    }

    /// Goes on to the next event.
    ///
    /// - Parameters:
    ///   - text: one document; it stays where it is until the next call.
    ///   - number: the event's number, from 1.
    ///   - time: nanoseconds since 1970.
    /// - Throws: a ``JSONError`` with an offset into `text`; then there is no event.
    package mutating func read(
        _ text: UnsafeBufferPointer<UInt8>,
        number: UInt64,
        time: UInt64
    ) throws(JSONError) {
        scratch.removeAll()
        root = nil
        self.number = number
        self.time = time
        items = nil
        bytes = text
        let node = try document.read(text)
        if node["kind"].equals("EventList"), node["items"].kind == .array {
            items = node["items"].elements
        } else {
            root = node
        }
    }

    /// Whether the document is a list of events, as the API server's webhook posts them. Then there is no event before
    /// ``nextItem()`` is called.
    package var isList: Bool { items != nil }

    /// Goes on to the next event of a list; its number is one more.
    ///
    /// - Returns: false behind the last one.
    package mutating func nextItem() -> Bool {
        guard let item = items?.next() else {
            root = nil
            return false
        }
        if root != nil {
            number += 1
        }
        scratch.removeAll()
        root = item
        bytes = item.raw
        return true
    }

    package var eventType: Int { 0 }

    package mutating func value(of field: FieldReference) -> FieldValue {
        guard let root, Int(field.field) < paths.count else { return .absent }
        let path = paths[Int(field.field)]
        if let special = path.special {
            return value(of: special, field, root)
        }
        var node = root
        for step in path.steps {
            switch step {
            case .member(let name): node = node.member(name)
            case .element(let index): node = node[index]
            case .all: node = node[field.argument == .index ? Int(field.index) : 0]
            }
        }
        return value(of: node)
    }

    package mutating func values(of field: FieldReference, into values: inout FieldValues) -> Bool {
        guard let root, Int(field.field) < paths.count else { return false }
        let path = paths[Int(field.field)]
        if let special = path.special {
            append(special, field, root, containers(path, root), to: &values)
        } else {
            let index = field.argument == .index ? Int(field.index) : nil
            append(path.steps[...], root, index, to: &values)
        }
        // Upstream gives no value where a list is empty.
        return values.count > 0
    }

    /// The values at the end of a path; members that are missing are passed over.
    ///
    /// - Parameter index: which element of the first array counts; nil for all.
    private mutating func append(
        _ steps: ArraySlice<JSONFieldPath.Step>,
        _ node: JSONNode,
        _ index: Int?,
        to values: inout FieldValues
    ) {
        guard let step = steps.first else {
            let value = value(of: node)
            if !value.isAbsent {
                values.append(value)
            }
            return
        }
        let rest = steps.dropFirst()
        switch step {
        case .member(let name): append(rest, node.member(name), index, to: &values)
        case .element(let place): append(rest, node[place], index, to: &values)
        case .all:
            if let index {
                append(rest, node[index], nil, to: &values)
                return
            }
            for element in node.elements {
                append(rest, element, nil, to: &values)
            }
        }
    }

    /// The containers that a special field is about.
    private func containers(_ path: JSONFieldPath, _ root: JSONNode) -> JSONNode {
        guard case .member(let kind)? = path.steps.first else { return root }
        return root["requestObject"]["spec"].member(kind)
    }

    // MARK: Values of nodes

    /// A node's text: a string without quotes and escapes, other values as compact JSON.
    mutating func value(of node: JSONNode) -> FieldValue {
        switch node.kind {
        case .missing: return .absent
        case .string:
            let raw = node.raw
            guard raw.count >= 2 else { return .absent }
            let inner = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(raw)[1..<raw.count - 1])
            guard inner.contains(UInt8(ascii: "\\")) else { return .bytes(inner) }
            return scratch.copy(node.bytes ?? [])
        case .null, .bool, .number: return .bytes(UnsafeRawBufferPointer(node.raw))
        case .array, .object: return compact(node.raw)
        }
    }

    /// JSON without white space between its tokens.
    private mutating func compact(_ raw: UnsafeBufferPointer<UInt8>) -> FieldValue {
        guard let room = scratch.allocate(max(raw.count, 1)) else { return .absent }
        var count = 0
        var isInString = false
        var isEscaped = false
        for byte in raw {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            } else if byte <= 0x20 {
                continue
            }
            room[count] = byte
            count += 1
        }
        return .bytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count]))
    }

    // MARK: Values of the event

    /// What surrounds the document; nil for fields that are made of it.
    func envelope(_ special: JSONSpecialField) -> FieldValue? {
        switch special {
        case .number: .unsigned(number)
        case .rawtime: .unsigned(time)
        case .source: .text(source)
        case .never: .bool(false)
        default: nil
        }
    }

    mutating func composed(_ special: JSONSpecialField) -> FieldValue {
        switch special {
        case .time: scratch.copy(TimeText.timeOfDay(time))
        case .hostname: scratch.copy(hostname)
        case .document: .bytes(UnsafeRawBufferPointer(bytes))
        default: .absent
        }
    }
}
