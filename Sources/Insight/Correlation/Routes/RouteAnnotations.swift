// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Foundation
package import VulnerabilityManagement

/// Finds routes that comments in source code tell of: `redoubt: route GET /cart/{id}`.
///
/// The comment stands at its handler; what follows it in the file up to the next one belongs to it. The walk through a
/// folder is bounded in files, bytes and time, follows no links, and leaves out folders that hold other people's code.
package struct RouteAnnotations {
    package struct Result: Sendable {
        package var routes: [AttackRoute] = []
        package var files = 0
        /// Annotations that are none, with file and line.
        package var warnings: [String] = []
        /// Whether a bound was reached, so that routes may be missing.
        package var isCut = false
    }

    package struct Limits: Sendable {
        package var files = 200_000
        /// Files that are longer are left out.
        package var fileBytes = 2 << 20
        package var duration: Duration = .seconds(60)

        package init() {}
    }

    private static let mark = Data("redoubt: route ".utf8)
    /// Bytes of an annotation that are looked at.
    private static let longest = 1100
    private static let ignored: Set<String> = [
        "node_modules", "vendor", "target", "build", "dist", "__pycache__", "venv", "Pods", "bower_components",
    ]
    private static let endings: Set<String> = [
        "c", "cc", "clj", "cpp", "cs", "ex", "exs", "go", "groovy", "java", "js", "jsx", "kt", "mjs", "php", "pl", "py",
        "rb", "rs", "scala", "swift", "ts", "tsx", "vue",
    ]

    private let project: Int64
    private let limits: Limits

    package init(project: Int64, limits: Limits = Limits()) {
        self.project = project
        self.limits = limits
    }

    /// Looks through a folder.
    ///
    /// - Returns: also the source files below it, for those who look for modules.
    /// - Throws: ``CorrelationError/Code/file`` where it cannot be read.
    package func read(folder: String) throws(CorrelationError) -> Result {
        var result = Result()
        let start = ContinuousClock.now
        let isWhole = try Self.walk(folder) { path in
            guard result.files < limits.files, ContinuousClock.now - start < limits.duration else { return false }
            result.files += 1
            read(folder, path, &result)
            return true
        }
        result.isCut = !isWhole
        return result
    }

    /// Hands out the source files below a folder, relative to it.
    ///
    /// - Parameter body: returns false to end the walk.
    /// - Returns: whether the walk came to its end.
    package static func walk(_ folder: String, _ body: (String) -> Bool) throws(CorrelationError) -> Bool {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue,
            let walk = FileManager.default.enumerator(atPath: folder)
        else { throw CorrelationError(.file, "\(folder) is no folder that can be read") }
        while let path = walk.nextObject() as? String {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let type = walk.fileAttributes?[.type] as? FileAttributeType
            if type == .typeDirectory {
                if name.hasPrefix(".") || ignored.contains(name) { walk.skipDescendants() }
                continue
            }
            let ending = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
            guard type == .typeRegular, endings.contains(ending) else { continue }
            guard body(path) else { return false }
        }
        return true
    }

    private func read(_ folder: String, _ path: String, _ result: inout Result) {
        let whole = "\(folder)/\(path)"
        let size = (try? FileManager.default.attributesOfItem(atPath: whole)[.size] as? Int) ?? nil
        guard let size, size <= limits.fileBytes, let data = FileManager.default.contents(atPath: whole) else {
            result.warnings.append(
                "\(path) was left out: it cannot be read, or has more than \(limits.fileBytes) bytes"
            )
            return
        }
        read(data, file: path, &result)
    }

    /// Reads the annotations of a file's text.
    private func read(_ text: Data, file: String, _ result: inout Result) {
        var line = 1
        var start = text.startIndex
        while let range = text.range(of: Self.mark, in: start..<text.endIndex) {
            line += text[start..<range.lowerBound].count { $0 == 0x0A }
            let rest = text[range.upperBound...]
            let end = rest.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? text.endIndex
            add(String(decoding: rest[..<end].prefix(Self.longest), as: UTF8.self), file, line, &result)
            start = end
        }
    }

    /// A method and a pattern; what follows them, such as the end of a comment, does not count.
    private func add(_ text: String, _ file: String, _ line: Int, _ result: inout Result) {
        let words = text.split { $0 == " " || $0 == "\t" }.prefix(2).joined(separator: " ")
        do {
            var route = AttackRoute(
                project: project,
                pattern: try RoutePattern(parsing: words),
                file: file,
                origin: .annotation
            )
            route.line = line
            result.routes.append(route)
        } catch {
            result.warnings.append("\(file):\(line): \(error)")
        }
    }
}
