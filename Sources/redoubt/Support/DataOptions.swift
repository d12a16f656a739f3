// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Foundation
import WebFirewall

/// The option that says where the data folder is.
struct DataOptions: ParsableArguments {
    @Option(help: "The data folder (default: $REDOUBT_DATA, else \(RuleSetStore.defaultDataDirectory)).")
    var data: String?

    var folder: String {
        let named = ProcessInfo.processInfo.environment["REDOUBT_DATA"] ?? ""
        let path = data ?? (named.isEmpty ? RuleSetStore.defaultDataDirectory : named)
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
