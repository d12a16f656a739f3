// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import VulnerabilityManagement

/// Finds the findings that a detection is an attack on.
///
/// Detections whose path leads nowhere cost one look into a table and a walk over the routes that begin alike; the rules
/// that matched are read only of those that lead somewhere.
struct TieIndex: Sendable {
    /// A tie of a detection to a finding.
    struct Tie: Hashable {
        var finding: Int64
        var rule: String
        var basis: AttackBasis
        /// The number of the route that leads to the finding; nil where none is needed.
        var route: Int64?
    }

    /// A finding that a request leads to.
    private struct Candidate {
        var entry: Int
        var basis: AttackBasis
        var route: Int64?
    }

    /// A finding with what an attack on it has to have.
    private struct Entry {
        var finding: Int64
        var project: Int64
        var classes: Set<AttackClass>
        /// Of findings that have an address.
        var parameter: String?
        var method: String?
        var host: String?
    }

    private struct Routed {
        var route: AttackRoute
        var entries: [(entry: Int, basis: AttackBasis)]
    }

    private var entries: [Entry] = []
    /// By the shape of the path.
    private var addressed: [String: [Int]] = [:]
    /// By the first segment of the pattern's path, where it is a plain one.
    private var routed: [[UInt8]: [Routed]] = [:]
    private var routedAnywhere: [Routed] = []
    /// By project.
    private var applications: [Int64: [AttackApplication]] = [:]
    /// The findings of patches by the numbers of their rules.
    private var patches: [Int: Int64] = [:]

    /// Findings that one detection is tied to at most; the surest first.
    static let mostTies = 256

    init(
        targets: [AttackTarget],
        routes: [AttackRoute],
        applications: [AttackApplication],
        patches: [VirtualPatch]
    ) {
        for application in applications { self.applications[application.project, default: []].append(application) }
        for patch in patches { self.patches[patch.rule] = patch.finding }
        var places: [FileKey: [Int]] = [:]
        var sources: [AttackTarget?] = []
        for target in targets {
            let classes = Set(target.weaknesses.flatMap(AttackClass.aiming))
            guard !classes.isEmpty else { continue }
            let number = entries.count
            entries.append(
                Entry(
                    finding: target.id,
                    project: target.project,
                    classes: classes,
                    parameter: target.parameter.flatMap { $0.isEmpty ? nil : ParameterName.plain($0) },
                    method: target.method?.uppercased(),
                    host: FindingAddress.host(target.host, url: target.url)
                )
            )
            sources.append(target)
            if target.kind == "dast" {
                guard let path = FindingAddress.path(url: target.url, path: target.urlPath) else { continue }
                addressed[Self.shape(path, target.method), default: []].append(number)
            } else if let file = target.file {
                places[FileKey(project: target.project, file: Self.plain(file)), default: []].append(number)
            }
        }
        add(routes, places, sources)
    }

    // MARK: Building

    private struct FileKey: Hashable {
        var project: Int64
        var file: String
    }

    static func plain(_ file: String) -> String {
        if file.hasPrefix("./") { return String(file.dropFirst(2)) }
        return file.hasPrefix("/") ? String(file.dropFirst()) : file
    }

    /// As detections have it behind the method and a blank; long ones are cut with their method.
    static func shape(_ path: String, _ method: String?) -> String {
        let form = RoutePath(path)
        let text = form.isAmbiguous ? path : String(decoding: form.bytes, as: UTF8.self)
        let known = method.flatMap { $0.isEmpty ? nil : $0 } ?? "GET"
        let shape = RouteShape.shape(path: text.isEmpty ? "/" : text, method: known.uppercased())
        return String(shape.drop { $0 != " " }.dropFirst())
    }

    private mutating func add(_ routes: [AttackRoute], _ places: [FileKey: [Int]], _ targets: [AttackTarget?]) {
        let byFile = Dictionary(grouping: routes) { FileKey(project: $0.project, file: $0.file) }
        for (key, routes) in byFile {
            guard let numbers = places[key] else { continue }
            var led: [Int64: [(Int, AttackBasis)]] = [:]
            for number in numbers {
                guard let target = targets[number] else { continue }
                let (leading, basis) = Self.leading(to: target, among: routes)
                for route in leading { led[route.id, default: []].append((number, basis)) }
            }
            for route in routes {
                guard let found = led[route.id] else { continue }
                let routed = Routed(route: route, entries: found)
                if case .literal(let head) = route.pattern.segments.first {
                    self.routed[head, default: []].append(routed)
                } else {
                    routedAnywhere.append(routed)
                }
            }
        }
    }

    /// The routes of a file that lead to a finding: those of its function, else those whose handler is the nearest above its
    /// line, else all of them.
    private static func leading(to target: AttackTarget, among routes: [AttackRoute]) -> ([AttackRoute], AttackBasis) {
        if let function = target.function.map(bare) {
            let same = routes.filter { $0.function.map(bare) == function }
            if !same.isEmpty { return (same, .function) }
        }
        if let line = target.line, let nearest = routes.compactMap(\.line).filter({ $0 <= line }).max() {
            return (routes.filter { $0.line == nearest }, .line)
        }
        return (routes, .file)
    }

    /// The routes that lead to a finding in source code.
    static func routes(to target: AttackTarget, among routes: [AttackRoute]) -> [AttackRoute] {
        guard let file = target.file.map(plain) else { return [] }
        return leading(to: target, among: routes.filter { $0.file == file }).0
    }

    /// The last part of a function's name: `add` of `cart.Cart::add(int)`.
    static func bare(_ function: String) -> String {
        let name = function.prefix { $0 != "(" }
        return name.split { $0 == "." || $0 == ":" || $0 == "#" || $0 == "/" }.last.map(String.init) ?? String(name)
    }

    // MARK: Matching

    /// The findings that a detection is an attack on.
    func ties(of detection: SeenDetection) -> [Tie] {
        var found: [Int64: Tie] = [:]
        var rules: [SeenDetection.Rule]?
        func read() -> [SeenDetection.Rule] {
            let known = rules ?? detection.rules()
            rules = known
            return known
        }
        if mayNamePatch(detection) {
            for rule in read() {
                guard let finding = Int(rule.rule).flatMap({ patches[$0] }) else { continue }
                found[finding] = Tie(finding: finding, rule: rule.rule, basis: .patch)
            }
        }
        if detection.isAttack {
            for candidate in candidates(detection) {
                let entry = entries[candidate.entry]
                guard let (rule, isSameParameter) = Self.aiming(at: entry, read()) else { continue }
                let basis = isSameParameter && candidate.basis == .address ? .parameter : candidate.basis
                if let known = found[entry.finding], known.basis >= basis { continue }
                found[entry.finding] = Tie(finding: entry.finding, rule: rule, basis: basis, route: candidate.route)
            }
        }
        guard found.count > Self.mostTies else { return Array(found.values) }
        return Array(found.values.sorted { ($0.basis, $1.finding) > ($1.basis, $0.finding) }.prefix(Self.mostTies))
    }

    private func mayNamePatch(_ detection: SeenDetection) -> Bool {
        guard !patches.isEmpty else { return false }
        var text = detection.text
        return text.withUTF8 { bytes in
            var number = 0
            for byte in bytes {
                if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                    number = min(number, 1 << 40) * 10 + Int(byte - UInt8(ascii: "0"))
                } else if number > 0 {
                    if patches[number] != nil { return true }
                    number = 0
                }
            }
            return patches[number] != nil
        }
    }

    private func candidates(_ detection: SeenDetection) -> [Candidate] {
        var found: [Candidate] = []
        let method = detection.method?.uppercased() ?? ""
        let host = FindingAddress.host(detection.host, url: nil)
        let shape = detection.route.drop { $0 != " " }.dropFirst()
        for number in addressed[shape.count > 1 && shape.hasSuffix("/") ? String(shape.dropLast()) : String(shape)]
            ?? []
        {
            let entry = entries[number]
            guard Self.admits(method, entry.method), admits(detection, host, entry.project, own: entry.host) else {
                continue
            }
            found.append(Candidate(entry: number, basis: .address))
        }
        guard let path = detection.path.map({ RoutePath($0) }), !path.isAmbiguous else { return found }
        let head = path.bytes.dropFirst().prefix { $0 != UInt8(ascii: "/") }
        let bytes = Array(method.utf8)[...]
        for routed in (self.routed[Array(head)] ?? []) + routedAnywhere {
            let route = routed.route
            guard route.pattern.covers(path, method: bytes),
                route.application.map({ $0 == detection.application }) ?? true,
                route.host.map({ $0.lowercased() == host }) ?? true,
                admits(detection, host, route.project, own: nil)
            else { continue }
            found += routed.entries.map { Candidate(entry: $0.entry, basis: $0.basis, route: route.id) }
        }
        return found
    }

    private static func admits(_ method: String, _ wanted: String?) -> Bool {
        guard let wanted, !wanted.isEmpty else { return true }
        return method == wanted || (method == "HEAD" && wanted == "GET")
    }

    /// Whether a request was one to the application of a project. Where nobody said which that is, the finding's own host
    /// counts, and without one any application does.
    func admits(_ detection: SeenDetection, _ host: String?, _ project: Int64, own: String?) -> Bool {
        if let known = applications[project] {
            return known.contains { application in
                (application.application.map { $0 == detection.application } ?? true)
                    && (application.host.map { $0.lowercased() == host } ?? true)
            }
        }
        return own.map { $0 == host } ?? true
    }

    /// The first rule that aims at a finding's weakness and at its parameter, as far as both are known.
    private static func aiming(at entry: Entry, _ rules: [SeenDetection.Rule]) -> (rule: String, isSame: Bool)? {
        var other: String?
        for rule in rules {
            guard let attack = rule.kind.flatMap({ AttackClass(tag: $0) }), entry.classes.contains(attack) else {
                continue
            }
            guard let wanted = entry.parameter, let name = ParameterName.ofTarget(rule.target) else {
                other = other ?? rule.rule
                continue
            }
            if name == wanted { return (rule.rule, true) }
        }
        return other.map { ($0, false) }
    }
}
