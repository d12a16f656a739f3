// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
package import VulnerabilityManagement
internal import Yams

/// Reads routes and their handlers from an OpenAPI document (https://spec.openapis.org/oas/v3.1.1; versions 2 and 3), as JSON
/// or YAML.
///
/// An operation names its handler by one of these extensions, or its path item does for all of its operations:
///
/// | extension | value |
/// | --- | --- |
/// | `x-redoubt-source` | `src/cart.py`, `src/cart.py:10`, `src/cart.py:10:add`, or `src/cart.py#add` |
/// | `x-openapi-router-controller` | a module, `shop.cart`, whose function is the `operationId` |
/// | `x-handler` | a module with its function, `shop.cart.add` |
///
/// A module names no file by itself: it is looked for among the given files.
package struct OpenAPIRoutes {
    /// What was read.
    package struct Result: Sendable {
        package var routes: [AttackRoute] = []
        /// Operations that name no handler.
        package var unmapped = 0
        /// What names a handler and could not be followed, with its JSON pointer.
        package var warnings: [String] = []
    }

    /// Bytes of a document at most.
    package static let longest = 16 << 20
    private static let mostValues = 2_000_000
    private static let methods: Set<String> = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

    private let project: Int64
    private let source: String
    /// Finds the file of a module, as a path in the repository.
    private let file: (String) -> String?
    private var result = Result()

    /// - Parameters:
    ///   - source: the document's name, by which another import replaces its routes.
    ///   - file: the file of a module such as `shop/cart`, without its ending; nil for none.
    package init(project: Int64, source: String, file: @escaping (String) -> String?) {
        self.project = project
        self.source = source
        self.file = file
    }

    /// - Throws: ``CorrelationError/Code/badDocument``.
    package mutating func read(_ bytes: [UInt8]) throws(CorrelationError) -> Result {
        guard bytes.count <= Self.longest else {
            throw CorrelationError(.badDocument, "\(source) has more than \(Self.longest >> 20) MB")
        }
        let document = try value(bytes)
        guard document["openapi"] != nil || document["swagger"] != nil, let paths = document["paths"]?.members else {
            throw CorrelationError(.badDocument, "\(source) is no OpenAPI document: it has no openapi and paths")
        }
        result = Result()
        let base = Self.base(document)
        for member in paths {
            let path = String(decoding: member.name, as: UTF8.self)
            guard path.hasPrefix("/") else { continue }
            for operation in member.value.members ?? [] {
                let method = String(decoding: operation.name, as: UTF8.self)
                guard Self.methods.contains(method) else { continue }
                add(method, base + path, operation.value, member.value, pointer: Self.pointer(path, method))
            }
        }
        return result
    }

    private static func pointer(_ path: String, _ method: String) -> String {
        let escaped = path.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
        return "/paths/\(escaped)/\(method)"
    }

    /// The path before all others: `basePath` of version 2, that of the only server of version 3.
    private static func base(_ document: JSONValue) -> String {
        var text = document["basePath"]?.text ?? ""
        if let servers = document["servers"]?.elements, servers.count == 1, let url = servers[0]["url"]?.text {
            text = FindingAddress.path(url: url, path: nil) ?? ""
        }
        while text.hasSuffix("/") { text.removeLast() }
        return text.contains("{") || (!text.isEmpty && !text.hasPrefix("/")) ? "" : text
    }

    private mutating func add(
        _ method: String,
        _ path: String,
        _ operation: JSONValue,
        _ item: JSONValue,
        pointer: String
    ) {
        guard let handler = handler(operation, item, pointer) else { return }
        do {
            var route = AttackRoute(
                project: project,
                pattern: try RoutePattern(parsing: "\(method.uppercased()) \(Self.template(path))"),
                file: handler.file,
                origin: .openAPI
            )
            route.function = handler.function
            route.line = handler.line
            route.source = source
            result.routes.append(route)
        } catch {
            result.warnings.append("\(source)#\(pointer): \(error)")
        }
    }

    /// `/files/{path*}` and `/a/{x}.json` are no patterns of ours: a segment that holds a template is one as a whole.
    private static func template(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).enumerated().map { index, segment -> String in
            guard segment.contains("{") else { return String(segment) }
            let name = segment.dropFirst().dropLast()
            let isWhole = segment.hasPrefix("{") && segment.hasSuffix("}") && !name.isEmpty
            return isWhole && name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" })
                ? String(segment) : "{p\(index)}"
        }.joined(separator: "/")
    }

    private mutating func handler(_ operation: JSONValue, _ item: JSONValue, _ pointer: String) -> RouteSource? {
        func named(_ name: String) -> String? { operation[name]?.text ?? item[name]?.text }
        if let text = named("x-redoubt-source") {
            guard let source = RouteSource(parsing: text) else {
                result.warnings.append("\(source)#\(pointer)/x-redoubt-source: \(text) is no file")
                return nil
            }
            return source
        }
        var module = ""
        var function: String?
        if let controller = named("x-openapi-router-controller") {
            module = controller
            function = operation["operationId"]?.text
        } else if let text = named("x-handler") ?? Self.qualified(operation["operationId"]?.text) {
            guard let dot = text.lastIndex(where: { $0 == "." || $0 == ":" }) else {
                result.unmapped += 1
                return nil
            }
            module = String(text[..<dot])
            function = String(text[text.index(after: dot)...])
        }
        guard !module.isEmpty else {
            result.unmapped += 1
            return nil
        }
        // `shop.cart.add` as an operationId names the module itself.
        if let given = function, let dot = given.lastIndex(of: ".") {
            function = String(given[given.index(after: dot)...])
        }
        guard let file = file(module.replacing(".", with: "/").replacing(":", with: "/")) else {
            result.warnings.append("\(source)#\(pointer): no file of the module \(module) was found")
            return nil
        }
        return RouteSource(file: file, function: function)
    }

    /// An `operationId` that names a module too; a plain one says nothing of files.
    private static func qualified(_ operation: String?) -> String? {
        guard let operation, operation.contains(".") else { return nil }
        return operation
    }

    // MARK: The document

    private func value(_ bytes: [UInt8]) throws(CorrelationError) -> JSONValue {
        let first = bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        if first == UInt8(ascii: "{") {
            do {
                return try JSONReader.read(bytes)
            } catch {
                throw CorrelationError(.badDocument, "\(source) is no JSON: \(error)")
            }
        }
        let node: Node?
        do {
            node = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw CorrelationError(.badDocument, "\(source) is no YAML: \(error)")
        }
        guard let node else { throw CorrelationError(.badDocument, "\(source) is empty") }
        var left = Self.mostValues
        guard let value = Self.value(node, depth: 0, &left) else {
            throw CorrelationError(.badDocument, "\(source) has too many values, or nests too deep")
        }
        return value
    }

    /// Texts and containers are all that routes are read from. Aliases count as often as they stand there, so that a few
    /// lines cannot become a large document.
    private static func value(_ node: Node, depth: Int, _ left: inout Int) -> JSONValue? {
        left -= 1
        guard left > 0, depth < 64 else { return nil }
        switch node {
        case .scalar(let scalar): return .string(Array(scalar.string.utf8))
        case .mapping(let mapping):
            var members: [JSONMember] = []
            for (key, child) in mapping {
                guard let value = value(child, depth: depth + 1, &left) else { return nil }
                members.append(JSONMember(name: Array((key.string ?? "").utf8), value: value))
            }
            return .object(members)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            for child in sequence {
                guard let value = value(child, depth: depth + 1, &left) else { return nil }
                elements.append(value)
            }
            return .array(elements)
        case .alias: return .null
        }
    }
}

/// A place in the source code: `src/cart.py`, with a line and a function where they are known.
package struct RouteSource: Sendable, Hashable {
    package var file: String
    package var line: Int?
    package var function: String?

    package init(file: String, line: Int? = nil, function: String? = nil) {
        self.file = file
        self.line = line
        self.function = function
    }

    /// - Parameter text: `FILE`, `FILE:LINE`, `FILE:FUNCTION`, `FILE:LINE:FUNCTION` or `FILE#FUNCTION`; nil for none, for
    ///   one outside of the repository, and for what is longer than a path is.
    package init?(parsing text: String) {
        let parts = text.split(maxSplits: 2, omittingEmptySubsequences: false) { $0 == ":" || $0 == "#" }.map(
            String.init
        )
        guard var file = parts.first, text.utf8.count <= 4096 else { return nil }
        while file.hasPrefix("./") { file.removeFirst(2) }
        let segments = file.split(separator: "/", omittingEmptySubsequences: false)
        guard !file.isEmpty, !file.hasPrefix("/"), !segments.contains(".."),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 })
        else { return nil }
        self.file = file
        for part in parts.dropFirst() where !part.isEmpty {
            if let number = Int(part), number > 0 { line = number } else { function = part }
        }
    }
}
