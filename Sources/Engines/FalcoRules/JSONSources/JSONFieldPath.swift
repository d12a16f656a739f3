// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Where the value of a field lies in a document, read from ``JSONFieldTable``.
struct JSONFieldPath {
    enum Step {
        case member(UnsafeBufferPointer<UInt8>)
        case element(Int)
        case all
    }

    /// Of a special field what it is made for: the kind of containers.
    var steps: [Step]
    /// What makes the value where it does not simply lie somewhere.
    var special: JSONSpecialField?

    /// The paths of all fields of a catalogue, by their numbers.
    static func all(_ tables: [StaticString]) -> [JSONFieldPath] {
        var paths: [JSONFieldPath] = []
        for table in tables {
            let text = UnsafeBufferPointer(start: table.utf8Start, count: table.utf8CodeUnitCount)
            for line in text.split(separator: UInt8(ascii: "\n")) {
                guard let at = line.lastIndex(of: UInt8(ascii: "@")) else { continue }
                paths.append(path(line[line.index(after: at)...]))
            }
        }
        return paths
    }

    private static func path(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> JSONFieldPath {
        if text.first == UInt8(ascii: "!") {
            let parts = text.dropFirst().split(separator: UInt8(ascii: ">"))
            let name = String(decoding: parts[0], as: UTF8.self)
            guard let special = JSONSpecialField(rawValue: name) else {
                preconditionFailure("an unknown function in a table of fields: \(name)")
            }
            return JSONFieldPath(
                steps: parts.dropFirst().map { .member(UnsafeBufferPointer(rebasing: $0)) },
                special: special
            )
        }
        let steps = text.split(separator: UInt8(ascii: ">")).map { part -> Step in
            if part.elementsEqual("*".utf8) {
                return .all
            }
            if let index = Int(String(decoding: part, as: UTF8.self)) {
                return .element(index)
            }
            return .member(UnsafeBufferPointer(rebasing: part))
        }
        return JSONFieldPath(steps: steps, special: nil)
    }
}

/// Fields that are made of several values, or of what surrounds the document.
enum JSONSpecialField: String {
    case number, time, rawtime, source, document, never, hostname, pointer, parameter, pod, notAvailable
    case userSubjects, accountSubjects, namespacedSubjects, groupSubjects
    case repositories, firstRepository, anyPrivileged, effectiveUsers, effectiveGroups, hasHostPath, volumeTypes, detail
}
