// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The requests of one route: a method, or any, and a template of paths.
///
/// As text `POST /login`, `/users/{id}`, `GET /api/*`. A name in braces stands for one segment, whatever it is; `*` at the
/// end for all that is below, and for the path before it. A slash at the end counts for nothing. `GET` covers `HEAD`, which
/// applications answer with the same code. Two patterns that cover the same requests are equal, whatever their names.
package struct RoutePattern: TextForm {
    package enum Segment: Hashable, Sendable {
        case literal([UInt8])
        /// One segment, whatever it is.
        case parameter
    }

    /// In capitals; nil for any.
    package let method: [UInt8]?
    package let segments: [Segment]
    /// Whether the pattern ends with `*`.
    package let coversBelow: Bool
    package let description: String

    package static let maximumSegments = 32
    package static let maximumLength = 1024

    package static func == (left: RoutePattern, right: RoutePattern) -> Bool {
        left.method == right.method && left.coversBelow == right.coversBelow && left.segments == right.segments
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(method)
        hasher.combine(segments)
        hasher.combine(coversBelow)
    }

    /// - Parameter text: a method and a space, which may be missing or `*` for any, and a path.
    package init(parsing text: String) throws(ModelError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.maximumLength else {
            throw ModelError(.route, "expected a route of at most \(Self.maximumLength) bytes, found \(bytes.count)")
        }
        let space = bytes.firstIndex(of: 0x20)
        let method = try Self.method(bytes[..<(space ?? 0)], isGiven: space != nil)
        let start = space.map { $0 + 1 } ?? 0
        guard start < bytes.count, bytes[start] == UInt8(ascii: "/") else {
            throw ModelError(
                .route,
                "expected a path that begins with /, as in POST /login, found \(ModelError.quote(bytes[start...]))",
                offset: start
            )
        }
        try self.init(method: method, path: bytes[start...])
    }

    private static func method(_ text: ArraySlice<UInt8>, isGiven: Bool) throws(ModelError) -> [UInt8]? {
        guard isGiven, !text.elementsEqual([UInt8(ascii: "*")]) else { return nil }
        let upper = text.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 & 0xDF : $0 }
        let isToken = upper.allSatisfy {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "-")
        }
        guard (1...32).contains(upper.count), isToken else {
            throw ModelError(.route, "expected a method such as POST, or * for any, found \(ModelError.quote(text))")
        }
        return upper
    }

    private init(method: [UInt8]?, path: ArraySlice<UInt8>) throws(ModelError) {
        var segments: [Segment] = []
        var shown: [[UInt8]] = []
        var coversBelow = false
        var parts = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        guard parts.count <= Self.maximumSegments else {
            throw ModelError(.route, "expected at most \(Self.maximumSegments) segments, found \(parts.count)")
        }
        for (index, part) in parts.enumerated() {
            if part.elementsEqual([UInt8(ascii: "*")]), index == parts.count - 1 {
                coversBelow = true
                shown.append([UInt8(ascii: "*")])
                continue
            }
            let segment = try Self.segment(part)
            segments.append(segment)
            if case .literal(let bytes) = segment { shown.append(bytes) } else { shown.append(Array(part)) }
        }
        self.method = method
        self.segments = segments
        self.coversBelow = coversBelow
        let template = shown.map { "/" + String(decoding: $0, as: UTF8.self) }.joined()
        let prefix = method.map { String(decoding: $0, as: UTF8.self) + " " } ?? ""
        description = prefix + (template.isEmpty ? "/" : template)
    }

    private static func segment(_ part: ArraySlice<UInt8>) throws(ModelError) -> Segment {
        if part.first == UInt8(ascii: "{"), part.last == UInt8(ascii: "}"), part.count > 2 {
            let name = part.dropFirst().dropLast()
            guard name.allSatisfy(NameText.isAllowed) else {
                throw ModelError(
                    .route,
                    "expected a name of letters and digits in braces, found \(ModelError.quote(part))",
                    offset: part.startIndex
                )
            }
            return .parameter
        }
        let marks = [UInt8(ascii: "*"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "?"), UInt8(ascii: "#")]
        let path = RoutePath([UInt8(ascii: "/")] + part)
        guard !path.isAmbiguous, !part.isEmpty, !part.contains(where: marks.contains) else {
            throw ModelError(
                .route,
                "expected a plain segment, {name}, or * as the last one, found \(ModelError.quote(part))",
                offset: part.startIndex
            )
        }
        guard !part.starts(with: Array("rule:".utf8)) else {
            throw ModelError(.route, "a segment of a route cannot begin with rule:", offset: part.startIndex)
        }
        return .literal(Array(path.bytes.dropFirst()))
    }

    /// Whether a request is one of the route's. A path that is ambiguous is on no route.
    package func covers(_ path: RoutePath, method: ArraySlice<UInt8>) -> Bool {
        guard !path.isAmbiguous, covers(method: method) else { return false }
        let bytes = path.bytes
        var start = bytes.startIndex
        for segment in segments {
            guard start < bytes.endIndex else { return false }
            let rest = bytes[(start + 1)...]
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? bytes.endIndex
            if case .literal(let literal) = segment, !rest[..<end].elementsEqual(literal) { return false }
            start = end
        }
        return start == bytes.endIndex || coversBelow
    }

    package func covers(method given: ArraySlice<UInt8>) -> Bool {
        guard let method else { return true }
        return given.elementsEqual(method) || (given.elementsEqual("HEAD".utf8) && method.elementsEqual("GET".utf8))
    }
}

/// Names of applications, namespaces and workloads: 1 to 64 letters, digits, `.`, `_` and `-`.
enum NameText {
    static let maximumLength = 64

    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
