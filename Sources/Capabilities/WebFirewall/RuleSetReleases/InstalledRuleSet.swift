// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation

/// A release of the Core Rule Set that is on this machine.
package struct InstalledRuleSet: Sendable, Equatable {
    /// Where a release came from.
    package enum Origin: String, Sendable {
        /// `redoubt waf crs install`
        case installed
        /// The system's package `modsecurity-crs`.
        case system
        /// The one that came with the program.
        case bundled
    }

    package var version: RuleSetVersion
    /// `crs-setup.conf`, to be included before the rules.
    package var setupFile: String
    /// The folder of the rule files, to be included as `*.conf`.
    package var rulesDirectory: String
    package var origin: Origin
    /// Exclusions that the system's package keeps outside of the rules folder; only those that exist.
    package var exclusionsBefore: [String] = []
    package var exclusionsAfter: [String] = []
    /// The folder of plugins, where the release has one (from 4.0 on).
    package var pluginsDirectory: String?

    /// The directives that load the release, one `Include` per line.
    ///
    /// Plugins stand where the rule set's documentation puts them: their configuration and what comes before the
    /// rules, the rules, what comes after (https://coreruleset.org/docs/concepts/plugins/).
    ///
    /// - Parameter between: SecLang text between the set-up file and the rules, where settings of the rule set go.
    /// - Returns: SecLang text.
    package func directives(between: String = "") -> String {
        var lines = [include(setupFile)]
        if !between.isEmpty {
            lines.append(between)
        }
        lines += plugins("config") + plugins("before")
        lines += exclusionsBefore.map(include)
        lines.append(include(rulesDirectory + "/*.conf"))
        lines += exclusionsAfter.map(include)
        lines += plugins("after")
        return lines.joined(separator: "\n") + "\n"
    }

    private func include(_ path: String) -> String {
        path.contains(" ") ? "Include \"\(path)\"" : "Include \(path)"
    }

    /// Not every plugin has every file.
    private func plugins(_ part: String) -> [String] {
        pluginsDirectory.map { ["IncludeOptional \"\($0)/*-\(part).conf\""] } ?? []
    }

    /// The folder of plugins beside the rules; nil where there is none.
    static func plugins(beside release: String) -> String? {
        let path = release + "/plugins"
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue ? path : nil
    }

    /// Finds the version that the rule files of a folder say they are.
    ///
    /// - Returns: nil where there is no initialization file or no version in it.
    static func version(ofRules directory: String) -> RuleSetVersion? {
        let path = directory + "/REQUEST-901-INITIALIZATION.conf"
        guard let data = FileManager.default.contents(atPath: path) else {
            return nil
        }
        let bytes = Array(data.prefix(256 * 1024))
        // The component signature first: comments and examples name other versions.
        for marker in ["SecComponentSignature \"OWASP_CRS/", "ver:'OWASP_CRS/"] {
            guard let start = ByteSearch.firstIndex(of: Array(marker.utf8), in: bytes) else {
                continue
            }
            let text = bytes[(start + marker.utf8.count)...].prefix { $0 != 0x22 && $0 != 0x27 && $0 != 10 }.prefix(64)
            if let version = RuleSetVersion(String(decoding: text, as: UTF8.self)) {
                return version
            }
        }
        return nil
    }

    /// The release in a folder: `crs-setup.conf` and `rules/`.
    ///
    /// - Returns: nil where there is none, or it is not complete.
    static func release(in folder: String, origin: Origin) -> InstalledRuleSet? {
        let rules = folder + "/rules"
        let setup = folder + "/crs-setup.conf"
        guard FileManager.default.isReadableFile(atPath: setup), let version = version(ofRules: rules) else {
            return nil
        }
        return InstalledRuleSet(
            version: version,
            setupFile: setup,
            rulesDirectory: rules,
            origin: origin,
            pluginsDirectory: plugins(beside: folder)
        )
    }

    /// The release of Debian's package `modsecurity-crs`, where it is installed.
    ///
    /// - Parameter root: the file system's root; other than `/` in tests.
    /// - Returns: nil where the package is not installed.
    static func system(root: String = "/") -> InstalledRuleSet? {
        let base = root.hasSuffix("/") ? root : root + "/"
        let rules = base + "usr/share/modsecurity-crs/rules"
        let settings = base + "etc/modsecurity/crs/"
        let setup = settings + "crs-setup.conf"
        let files = FileManager.default
        guard files.isReadableFile(atPath: setup), let version = version(ofRules: rules) else {
            return nil
        }
        func existing(_ name: String) -> [String] {
            files.isReadableFile(atPath: settings + name) ? [settings + name] : []
        }
        return InstalledRuleSet(
            version: version,
            setupFile: setup,
            rulesDirectory: rules,
            origin: .system,
            exclusionsBefore: existing("REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf"),
            exclusionsAfter: existing("RESPONSE-999-EXCLUSION-RULES-AFTER-CRS.conf"),
            pluginsDirectory: plugins(beside: base + "usr/share/modsecurity-crs")
        )
    }
}
