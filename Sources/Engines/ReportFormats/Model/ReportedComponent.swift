// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A package, library or image part that a finding is about or a bill of materials lists.
package struct ReportedComponent: Sendable, Hashable {
    /// The package URL as the report writes it.
    package var purl: String?
    package var name: String?
    package var version: String?
    /// The ecosystem as OSV or the tool names it: `npm`, `PyPI`, `Debian:12`.
    package var ecosystem: String?
    /// The lock file, manifest or image layer that brings it in.
    package var manifest: String?
    /// `library`, `operating-system`, `container` ...
    package var type: String?
    /// `required`, `optional`, `excluded`, `dev` ...
    package var scope: String?
    /// SPDX ids, expressions or names.
    package var licenses: [String] = []
    package var cpes: [String] = []
    /// How the document itself refers to it.
    package var reference: String?

    package init(purl: String? = nil, name: String? = nil, version: String? = nil, ecosystem: String? = nil) {
        self.purl = purl
        self.name = name
        self.version = version
        self.ecosystem = ecosystem
    }
}
