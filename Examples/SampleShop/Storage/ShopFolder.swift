// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation

/// The shop's temporary folder: `manuals` and `uploads`.
struct ShopFolder: Sendable {
    /// The most uploads kept, and the most bytes of a file that is read.
    static let uploadLimit = 20
    static let readLimit = 256 * 1024

    let root: URL

    var manuals: URL { root.appendingPathComponent("manuals") }
    var uploads: URL { root.appendingPathComponent("uploads") }

    /// A new folder, for this user only, with the manuals in it.
    static func makeTemporary() throws -> ShopFolder {
        let name = "sample-shop-\(UUID().uuidString.lowercased())"
        let folder = ShopFolder(root: FileManager.default.temporaryDirectory.appendingPathComponent(name))
        for url in [folder.root, folder.manuals, folder.uploads] {
            try FileManager.default.createDirectory(
                at: url,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        for (name, text) in manualTexts {
            try Data(text.utf8).write(to: folder.manuals.appendingPathComponent(name))
        }
        return folder
    }

    /// Deletes the folder and what visitors left in it.
    func delete() {
        do {
            try FileManager.default.removeItem(at: root)
        } catch {
            FileHandle.standardError.write(Data("sample-shop: \(root.path) could not be deleted: \(error)\n".utf8))
        }
    }

    /// The names of the files in a folder, sorted.
    func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// The first bytes of a file, at most ``readLimit``; nil where there is no ordinary file.
    ///
    /// Devices, pipes and folders are refused, as reading them could last for ever.
    func contents(atPath path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        var bytes = [UInt8](repeating: 0, count: Self.readLimit)
        var count = 0
        while count < bytes.count {
            let read = bytes.withUnsafeMutableBytes { buffer in
                Foundation.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
            }
            guard read > 0 else { break }
            count += read
        }
        return Array(bytes.prefix(count))
    }

    /// Stores an upload under its own name and drops the oldest one when there are too many.
    ///
    /// Only the name's last component counts: what is stored may be dangerous, where it is stored is not.
    /// - Returns: the name; nil where none is left of it.
    func store(upload content: Data, named original: String) throws -> String? {
        let name = String(original.split(whereSeparator: { $0 == "/" || $0 == "\\" || $0 == "\0" }).last ?? "")
        guard !name.isEmpty, name != ".", name != "..", name.utf8.count <= 200 else { return nil }
        try content.write(to: uploads.appendingPathComponent(name))
        let files = try FileManager.default.contentsOfDirectory(
            at: uploads,
            includingPropertiesForKeys: [.contentModificationDateKey]
        )
        if files.count > Self.uploadLimit {
            let dated = try files.map { file in
                (file, try file.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate)
            }
            if let oldest = dated.min(by: { ($0.1 ?? .distantPast) < ($1.1 ?? .distantPast) }) {
                try FileManager.default.removeItem(at: oldest.0)
            }
        }
        return name
    }

    private static let manualTexts = [
        "kettle.txt": """
        The kettle

        1. Fill in no more than a litre of water.
        2. Press the switch. Green tea likes 80 °C, black tea 95 °C.
        3. Descale once a month with citric acid, then boil clear water twice.

        """,
        "teapot.txt": """
        The cast iron teapot

        Rinse it with hot water only, without soap, and let it dry open. A brown film inside is harmless.

        """,
        "returns.txt": """
        Sending goods back

        Within 30 days, with the receipt. Write to service@example.org and we send you a label.

        """,
    ]
}
