// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

public import Foundation

/// Where the tests find files: the package itself and the test data that lies beside it.
///
/// The data is not part of the repository. A suite that needs it asks ``available(_:for:)`` in its
/// `.enabled(if:)` trait: without the data it is named as not run, and under `CI=true` that is a failure.
public enum TestData {
    /// The package's root folder.
    public static let packageRoot: URL = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The folder of shared test data, `../shared/data` seen from the package.
    public static let root: URL = packageRoot.deletingLastPathComponent().appendingPathComponent("shared/data")

    /// A file or folder below the shared test data, such as `waf/libinjection-go`.
    public static func url(_ path: String) -> URL {
        root.appendingPathComponent(path)
    }

    /// Whether a piece of the data is there; where it is not, says so by name.
    ///
    /// Under `CI=true` the answer is always yes, so that a suite without its data fails instead of vanishing.
    public static func available(_ path: String, for suite: String) -> Bool {
        if FileManager.default.fileExists(atPath: url(path).path) {
            return true
        }
        print("NOT RUN: \(suite): ../shared/data/\(path) is missing")
        return ProcessInfo.processInfo.environment["CI"] == "true"
    }
}
