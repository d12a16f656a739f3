// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
package import VulnerabilityManagement

/// Where the store and the folder of virtual patches part, and what becomes of that.
package struct PatchDifference: Sendable, Hashable, CustomStringConvertible {
    package let rule: Int
    /// Nil where the store does not know it.
    package let patch: VirtualPatch?
    /// What its file is to hold; nil for no file.
    let text: String?
    /// In words: what is wrong, and how it is mended.
    package let description: String

    init(_ patch: VirtualPatch, file: String?, text: String?) {
        rule = patch.rule
        self.patch = patch
        self.text = text
        let state = "virtual patch \(patch.rule) is \(patch.state.rawValue)"
        description =
            switch (file, text) {
            case (nil, _): "\(state) and its file was missing: it is written again"
            case (_, nil): "\(state) and its file was still there: it is removed"
            default: "\(state) and its file said something else: it is written again"
            }
    }

    init(unknown rule: Int) {
        self.rule = rule
        patch = nil
        text = nil
        description =
            "\(rule).conf is a virtual patch that the findings' database does not know: it is set aside as "
            + "\(rule).conf.unknown"
    }
}

/// The files of virtual patches: `NUMBER.conf` in one folder.
struct PatchFiles {
    let folder: String

    /// A patch has less than a kilobyte.
    private static let longest = 64 << 10

    /// The texts of the files whose numbers are those of virtual patches; none where there is no folder. What is too long
    /// for a patch is not read as a whole.
    func read() throws(CorrelationError) -> [Int: String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [:] }
        do {
            var texts: [Int: String] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                guard name.hasSuffix(".conf"), let rule = Int(name.dropLast(5)), VirtualPatch.rules.contains(rule),
                    name == "\(rule).conf"
                else { continue }
                let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path(rule)))
                defer { try? handle.close() }
                texts[rule] = String(decoding: try handle.read(upToCount: Self.longest) ?? Data(), as: UTF8.self)
            }
            return texts
        } catch {
            throw CorrelationError(
                .file,
                "the virtual patches in \(folder) cannot be read: \(error.localizedDescription)"
            )
        }
    }

    /// - Parameter text: nil for no file.
    func write(_ text: String?, _ rule: Int) throws(CorrelationError) {
        let path = path(rule)
        do {
            guard let text else {
                if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
                return
            }
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CorrelationError(.file, "\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    /// Gives a file a name that no firewall loads.
    func setAside(_ rule: Int) throws(CorrelationError) {
        let (path, aside) = (path(rule), path(rule) + ".unknown")
        do {
            if FileManager.default.fileExists(atPath: aside) { try FileManager.default.removeItem(atPath: aside) }
            try FileManager.default.moveItem(atPath: path, toPath: aside)
        } catch {
            throw CorrelationError(.file, "\(path) cannot be set aside: \(error.localizedDescription)")
        }
    }

    private func path(_ rule: Int) -> String { "\(folder)/\(rule).conf" }
}
