// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Fetches the archive of a release, with its checksum and signature where they are published beside it.
package enum RuleSetDownload {
    private static let maximumBytes = 64 << 20
    private static let timeout = TimeAmount.seconds(120)

    /// Whether an argument names something to download rather than a file.
    package static func isURL(_ text: String) -> Bool {
        text.hasPrefix("https://") || text.hasPrefix("http://")
    }

    /// Downloads an archive into a folder.
    ///
    /// - Returns: the archive's path; `.sha256` and `.asc` files lie beside it where the server has them.
    /// - Throws: ``RuleSetStoreError``.
    package static func fetch(_ url: String, into folder: String) async throws -> String {
        let path = folder + "/" + fileName(of: url)
        try await fetch(url, to: path, limit: maximumBytes)
        for suffix in [".sha256", ".asc"] {
            do {
                try await fetch(url + suffix, to: path + suffix, limit: 64 * 1024)
            } catch let error as RuleSetStoreError where error.code == .notInstalled {
                // Not every release publishes both.
                continue
            }
        }
        return path
    }

    private static func fileName(of url: String) -> String {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        return name.hasSuffix(".zip") ? "release.zip" : "release.tar.gz"
    }

    private static func fetch(_ url: String, to path: String, limit: Int) async throws {
        let response: HTTPClientResponse
        do {
            response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: timeout)
        } catch {
            throw RuleSetStoreError(
                .downloadFailed,
                "\(url): \(error)",
                hint: "without a network, copy the archive here and name the file instead"
            )
        }
        guard response.status.code != 404 else {
            throw RuleSetStoreError(.notInstalled, "\(url): not found")
        }
        guard response.status.code == 200 else {
            throw RuleSetStoreError(.downloadFailed, "\(url): status \(response.status.code)")
        }
        let body: ByteBuffer
        do {
            body = try await response.body.collect(upTo: limit)
        } catch {
            throw RuleSetStoreError(.downloadFailed, "\(url): \(error)")
        }
        guard FileManager.default.createFile(atPath: path, contents: Data(body.readableBytesView)) else {
            throw RuleSetStoreError(.fileSystem, "\(path) cannot be written")
        }
    }
}
