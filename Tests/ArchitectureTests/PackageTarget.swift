// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A target of the package, as far as the dependency rules look at it.
struct PackageTarget: Equatable {
    enum Kind: Equatable {
        case library
        case executable
        case test
        /// One of the system, or a little C of our own; both lie in `Sources/CLibraries`.
        case systemLibrary
    }

    var name: String
    var kind: Kind
    /// The folder below the package's root, `Sources/Core/Bytes`.
    var path: String
    /// Names of targets of this package and of products of others.
    var dependencies: Set<String>

    /// The floor that the path names; nil outside of `Sources/<floor>/<module>`.
    var floor: String? {
        let parts = path.split(separator: "/")
        return parts.count == 3 && parts[0] == "Sources" ? String(parts[1]) : nil
    }
}

/// Why the manifest could not be read; the test fails with it rather than overlook a target.
struct ManifestError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = "Package.swift: \(description)"
    }
}

extension PackageTarget {
    /// Reads the targets out of the text of the package's manifest.
    ///
    /// Knows the manifest's own functions `module`, `tests` and `systemLibrary`. Whatever else stands among the
    /// targets is an error, so that a new way to declare one cannot slip by; that the paths are right is checked
    /// against the folders.
    /// - Throws: ``ManifestError`` for what it does not understand.
    static func all(inManifest text: String) throws -> [PackageTarget] {
        var parser = try ManifestParser(text)
        guard case .call(_, let arguments) = try parser.callOf("Package") else {
            throw ManifestError("no call of Package")
        }
        guard case .array(let targets) = arguments.first(where: { $0.label == "targets" })?.value else {
            throw ManifestError("no list of targets")
        }
        return try targets.compactMap(target)
    }

    /// - Returns: nil for a plugin, which runs while others are built and is part of none.
    private static func target(_ expression: ManifestExpression) throws -> PackageTarget? {
        guard case .call(let function, let arguments) = expression else {
            throw ManifestError("a target that is no call: \(expression)")
        }
        let values = try ManifestArguments(arguments)
        switch function {
        case "module":
            let (name, floor) = (try values.text(at: 0), try values.text("floor"))
            let path = "Sources/\(floor)/\(name)"
            return Self(name: name, kind: .library, path: path, dependencies: try values.dependencies(at: 2))
        case "tests":
            let name = "\(try values.text(at: 0))Tests"
            let dependencies = try values.dependencies(at: 1).union(["TestSupport"])
            return Self(name: name, kind: .test, path: "Tests/\(name)", dependencies: dependencies)
        case "systemLibrary":
            let name = try values.text(at: 0)
            return Self(name: name, kind: .systemLibrary, path: "Sources/CLibraries/\(name)", dependencies: [])
        case ".executableTarget", ".target", ".testTarget":
            let kinds: [String: Kind] = [".executableTarget": .executable, ".testTarget": .test]
            let path = try values.text("path")
            let isC = function == ".target" && path.hasPrefix("Sources/CLibraries/")
            return Self(
                name: try values.text("name"),
                kind: isC ? .systemLibrary : kinds[function] ?? .library,
                path: path,
                dependencies: try values.dependencies("dependencies")
            )
        case ".plugin": return nil
        default:
            throw ManifestError("a target made by \(function), which the architecture test does not know")
        }
    }
}

/// The arguments of a call, by label or position.
private struct ManifestArguments {
    private let arguments: [ManifestExpression.Argument]

    init(_ arguments: [ManifestExpression.Argument]) throws {
        self.arguments = arguments
    }

    func text(at index: Int) throws -> String {
        guard index < arguments.count, case .string(let text) = arguments[index].value else {
            throw ManifestError("a target without a text as argument \(index + 1)")
        }
        return text
    }

    func text(_ label: String) throws -> String {
        guard case .string(let text) = arguments.first(where: { $0.label == label })?.value else {
            throw ManifestError("a target without \(label)")
        }
        return text
    }

    /// The list of dependencies at a position, or under a label; none where it is missing.
    func dependencies(at index: Int) throws -> Set<String> {
        try dependencies(arguments.indices.contains(index) ? arguments[index].value : nil)
    }

    func dependencies(_ label: String) throws -> Set<String> {
        try dependencies(arguments.first { $0.label == label }?.value)
    }

    private func dependencies(_ expression: ManifestExpression?) throws -> Set<String> {
        guard let expression else { return [] }
        guard case .array(let elements) = expression else {
            throw ManifestError("dependencies that are no plain list: \(expression)")
        }
        return Set(
            try elements.map { element in
                switch element {
                case .string(let name): return name
                case .call(".product", let arguments), .call(".target", let arguments):
                    return try ManifestArguments(arguments).text("name")
                default: throw ManifestError("a dependency that the architecture test does not know: \(element)")
                }
            }
        )
    }
}
