// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The rules on which module may know which, and how large files and functions may grow.
///
/// A module depends on floors below its own. On its own floor only Core has an order, and two pairs of engines are
/// joined. Libraries of others are imported by the modules named here and no others.
enum ArchitectureRules {
    /// The floors from the ground up.
    static let floors = ["CLibraries", "Core", "Engines", "Capabilities", "Insight", "Delivery"]

    /// Core's modules; each may depend on those before it.
    static let core = ["Bytes", "Matching", "DefenseModel", "Policy", "Evidence", "EventBus", "Storage", "Access"]

    /// The pairs of engines that may know each other.
    static let engineEdges: Set = ["SecLang -> InjectionDetection", "FalcoRules -> SystemCapture"]

    /// Modules that other people link into their programs, with all that they may depend on.
    static let closedModules: [String: Set<String>] = [
        "RuntimeProtection": ["Bytes", "DefenseModel", "InjectionDetection"]
    ]

    /// What each library of others is imported by. A library that is missing here may be imported by none.
    static let libraryOwners: [String: Set<String>] = [
        "CSensor": ["Sensors"],
        "CBrotli": ["Gateway"],
        "CByteSearch": ["Bytes", "Storage"],
        "CFileSystem": ["Storage"],
        "CHyperscan": ["Matching"],
        "CLibXML2": ["SecLang", "ReportFormats"],
        "CMaxMindDB": ["SecLang"],
        "CNATS": ["EventBus"],
        "CPCRE2": ["Matching"],
        "CPostgreSQL": ["Storage"],
        "CProcess": ["WebFirewall"],
        "CSystemMemory": ["Gateway"],
        "CZlib": ["Gateway", "Console", "VulnerabilityManagement", "ThreatDetection"],
        "CZstd": ["Storage"],
        "GRDB": ["Storage"],
        "GRDBSQLite": ["Storage"],
        "JWTKit": ["Access"],
        "Mustache": ["Console"],
        "ArgumentParser": ["redoubt"],
    ]

    /// Modules of the system, of swift-crypto and of Yams, which compute and do not act; any module may import them.
    static let everywhere: Set = [
        "Darwin", "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Musl", "Synchronization", "Crypto",
        "CryptoExtras", "Yams",
    ]

    /// Libraries that act (network, files, logs); for the floors above the engines only.
    static let aboveEngines: Set = [
        "AsyncHTTPClient", "HTTPTypes", "Hummingbird", "HummingbirdCore", "Logging", "Metrics", "NIOConcurrencyHelpers",
        "NIOCore", "NIOFoundationCompat", "NIOHTTP1", "NIOHTTP2", "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOPosix",
        "NIOSSL",
        "ServiceLifecycle",
    ]

    static let longestFile = 600
    static let longestFunction = 60
    /// For a function that is one `switch`, as one over all cases of an enum cannot be cut.
    static let longestSwitch = 100
}

/// The package as the rules look at it: its targets, and the sources of each.
struct Architecture {
    var targets: [PackageTarget]
    var sources: [String: [SourceFile]]

    /// All that breaks a rule, one sentence each; empty for a sound package.
    var violations: [String] {
        targets.flatMap { target in
            placeViolations(of: target) + dependencyViolations(of: target) + importViolations(of: target)
                + (sources[target.name] ?? []).flatMap(sizeViolations)
        }
    }

    private func placeViolations(of target: PackageTarget) -> [String] {
        guard target.kind == .library || target.kind == .systemLibrary, target.path.hasPrefix("Sources/") else {
            return []
        }
        guard let floor = target.floor, ArchitectureRules.floors.contains(floor) else {
            return ["\(target.name) lies in \(target.path), which is no floor"]
        }
        if floor == "Core", !ArchitectureRules.core.contains(target.name) {
            return ["\(target.name) has no place in the order of Core's modules"]
        }
        return target.path.hasSuffix("/\(target.name)") ? [] : ["\(target.name) lies in \(target.path)"]
    }

    private func dependencyViolations(of target: PackageTarget) -> [String] {
        target.dependencies.sorted().compactMap { name in
            violation(of: target, using: name).map { "\(target.name) depends on \(name): \($0)" }
        }
    }

    private func importViolations(of target: PackageTarget) -> [String] {
        (sources[target.name] ?? []).flatMap { file in
            file.imports.compactMap { item in
                let place = "\(file.path):\(item.line) imports \(item.module)"
                if let reason = violation(of: target, using: item.module) { return "\(place): \(reason)" }
                let isOwn = targets.contains { $0.name == item.module }
                if isOwn, !target.dependencies.contains(item.module) {
                    return "\(place), which is no declared dependency"
                }
                return nil
            }
        }
    }

    private func sizeViolations(of file: SourceFile) -> [String] {
        guard !file.isGenerated else { return [] }
        let functions = file.functions.compactMap { function in
            let limit = function.isSwitch ? ArchitectureRules.longestSwitch : ArchitectureRules.longestFunction
            return function.length > limit
                ? "\(file.path):\(function.line): \(function.name) has \(function.length) lines, more than \(limit)"
                : nil
        }
        return file.lineCount > ArchitectureRules.longestFile
            ? functions + ["\(file.path) has \(file.lineCount) lines, more than \(ArchitectureRules.longestFile)"]
            : functions
    }

    /// Why a target may not use a module; nil where it may.
    private func violation(of user: PackageTarget, using name: String) -> String? {
        if user.kind == .test || user.path.hasPrefix("Tests/") { return nil }
        if user.path.hasPrefix("Examples/") {
            return targets.contains { $0.name == name } ? "an example stands on its own" : nil
        }
        if let allowed = ArchitectureRules.closedModules[user.name], targets.contains(where: { $0.name == name }) {
            return allowed.contains(name)
                ? nil : "\(user.name) may depend on \(allowed.sorted().joined(separator: ", "))"
        }
        guard let used = targets.first(where: { $0.name == name }) else {
            return libraryViolation(of: user, using: name)
        }
        if used.kind == .systemLibrary { return libraryViolation(of: user, using: name) }
        guard used.kind == .library, let floor = used.floor else { return "nothing depends on programs and tests" }
        if user.kind == .executable { return nil }
        return floorViolation(of: user, using: used, on: floor)
    }

    private func floorViolation(of user: PackageTarget, using used: PackageTarget, on floor: String) -> String? {
        let floors = ArchitectureRules.floors
        guard let userFloor = user.floor, let high = floors.firstIndex(of: userFloor),
            let low = floors.firstIndex(of: floor)
        else { return "one of them lies on no floor" }
        if low < high { return nil }
        if low > high { return "\(floor) lies above \(userFloor)" }
        if floor == "Core" {
            let order = ArchitectureRules.core
            guard let before = order.firstIndex(of: used.name), let after = order.firstIndex(of: user.name) else {
                return "one of them has no place in Core's order"
            }
            return before < after ? nil : "\(used.name) does not come before \(user.name) in Core's order"
        }
        if ArchitectureRules.engineEdges.contains("\(user.name) -> \(used.name)") { return nil }
        return "modules of \(floor) do not depend on each other"
    }

    private func libraryViolation(of user: PackageTarget, using name: String) -> String? {
        if let owners = ArchitectureRules.libraryOwners[name] {
            return owners.contains(user.name) ? nil : "only \(owners.sorted().joined(separator: ", ")) may"
        }
        if ArchitectureRules.everywhere.contains(name) { return nil }
        guard ArchitectureRules.aboveEngines.contains(name) else {
            return "the architecture rules name no module that may"
        }
        switch user.floor {
        case "CLibraries", "Core", "Engines": return "it acts, and \(user.floor ?? "") only computes"
        default: return nil
        }
    }
}
