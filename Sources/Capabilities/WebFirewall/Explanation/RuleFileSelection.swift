// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation

/// The files that arguments of the command line mean.
package struct RuleFileSelection: Sendable, Equatable {
    /// In the order of the arguments, files of a folder in the order of their names.
    package var files: [String] = []
    /// Arguments that are neither a file nor a folder that can be read.
    package var unreadable: [String] = []

    package init() {}

    /// Files as they are; of folders, all `.conf` files below them.
    package static func find(_ arguments: [String]) -> RuleFileSelection {
        var selection = RuleFileSelection()
        for argument in arguments {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder),
                FileManager.default.isReadableFile(atPath: argument)
            else {
                selection.unreadable.append(argument)
                continue
            }
            selection.files += isFolder.boolValue ? files(below: argument, suffixes: [".conf"]) : [argument]
        }
        return selection
    }

    /// The files below a folder whose names end so, by name.
    package static func files(below folder: String, suffixes: [String]) -> [String] {
        let base = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        var files: [String] = []
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: base)) ?? []
        for name in names where suffixes.contains(where: { name.hasSuffix($0) }) {
            var isFolder: ObjCBool = false
            let path = "\(base)/\(name)"
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
                files.append(path)
            }
        }
        return files.sorted()
    }
}
