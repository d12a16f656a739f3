// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Reads the text of a scope, part by part from the left.
struct ScopeReader {
    private let bytes: [UInt8]
    private var index = 0
    private var application: String?
    private var route: RoutePattern?
    private var namespace: String?
    private var workload: String?
    private var rule: RuleID?

    private enum Part: String, CaseIterable {
        case application = "app"
        case route, namespace, workload, rule
    }

    static let maximumLength = 2048

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func read() throws(ModelError) -> Scope {
        try checkLength()
        let end = bytes.firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
        let control = try ControlID(parsing: String(decoding: bytes[..<end], as: UTF8.self))
        index = end
        while index < bytes.count {
            index += 1
            try readPart()
        }
        return Scope(control, place, rule: rule)
    }

    mutating func readPlace() throws(ModelError) -> Scope.Place {
        try checkLength()
        try readPart()
        while index < bytes.count {
            index += 1
            try readPart()
        }
        guard rule == nil else {
            throw ModelError(.scope, "expected an application, route, namespace or workload without a rule")
        }
        return place
    }

    private func checkLength() throws(ModelError) {
        guard bytes.count <= Self.maximumLength else {
            throw ModelError(.scope, "expected a scope of at most \(Self.maximumLength) bytes, found \(bytes.count)")
        }
    }

    private var place: Scope.Place {
        if let route { return .route(application: application, route) }
        if let application { return .application(application) }
        if let workload { return .workload(namespace: namespace, workload) }
        if let namespace { return .namespace(namespace) }
        return .installation
    }

    /// Reads `app:shop` and the like, up to the slash behind it or the end.
    private mutating func readPart() throws(ModelError) {
        let start = index
        guard let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":")) else { throw unknownPart(at: start) }
        guard let part = Part(rawValue: String(decoding: bytes[start..<colon], as: UTF8.self)) else {
            throw unknownPart(at: start)
        }
        guard mayFollow(part) else {
            throw ModelError(
                .scope,
                "\(part.rawValue): has no place here; expected one of app:, namespace:, then route: or workload:, "
                    + "then rule:, each once",
                offset: start
            )
        }
        index = colon + 1
        try readValue(of: part)
    }

    private mutating func readValue(of part: Part) throws(ModelError) {
        let start = index
        let end = self.end(of: part)
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        index = end
        do throws(ModelError) {
            switch part {
            case .application: application = try name(text, of: part)
            case .namespace: namespace = try name(text, of: part)
            case .workload: workload = try name(text, of: part)
            case .route: route = try RoutePattern(parsing: text)
            case .rule: rule = try RuleID(parsing: text)
            }
        } catch {
            throw error.moved(by: start)
        }
    }

    private func mayFollow(_ part: Part) -> Bool {
        let isWeb = application != nil || route != nil
        let isCluster = namespace != nil || workload != nil
        return switch part {
        case .application: !isWeb && !isCluster && rule == nil
        case .route: route == nil && !isCluster && rule == nil
        case .namespace: !isWeb && !isCluster && rule == nil
        case .workload: workload == nil && !isWeb && rule == nil
        case .rule: rule == nil
        }
    }

    /// A route holds slashes and ends before `/rule:`; a rule goes to the end.
    private func end(of part: Part) -> Int {
        switch part {
        case .rule: bytes.count
        case .route: endOfRoute
        default: bytes[index...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
        }
    }

    private var endOfRoute: Int {
        let mark = Array("/rule:".utf8)
        var place = index
        while let slash = bytes[place...].firstIndex(of: UInt8(ascii: "/")) {
            if bytes[slash...].starts(with: mark) { return slash }
            place = slash + 1
        }
        return bytes.count
    }

    private func name(_ text: String, of part: Part) throws(ModelError) -> String {
        let bytes = text.utf8
        guard (1...NameText.maximumLength).contains(bytes.count), bytes.allSatisfy(NameText.isAllowed) else {
            throw ModelError(
                .scope,
                "expected a name of 1 to \(NameText.maximumLength) letters, digits, '.', '_' and '-' behind "
                    + "\(part.rawValue):, found \(ModelError.quote(bytes))"
            )
        }
        return text
    }

    private func unknownPart(at start: Int) -> ModelError {
        let names = Part.allCases.map { "\($0.rawValue):" }
        let found = bytes[start...].prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") }
        let hint = NearestName.hint(for: String(decoding: found, as: UTF8.self) + ":", among: names)
        return ModelError(
            .scope,
            "\(ModelError.quote(found)) is no part of a scope; \(hint ?? "expected \(names.joined(separator: ", "))")",
            offset: start
        )
    }
}
