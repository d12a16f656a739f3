// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a report says of a finding, as far as its identity depends on it; texts as they came.
package struct FindingFacts: Sendable {
    /// An identifier of the weakness, such as type "cve", value "CVE-2024-1".
    package struct Identifier: Sendable, Hashable {
        package var type: String
        package var value: String

        package init(type: String, value: String) {
            self.type = type
            self.value = value
        }
    }

    package var kind: FindingKind
    /// In the order of the report; the first that is no class of weaknesses is the rule.
    package var identifiers: [Identifier] = []
    /// The title or message.
    package var message = ""
    /// The file, manifest or image, as the report gives it.
    package var path = ""
    package var line = 0
    package var column = 0
    package var endLine = 0
    package var endColumn = 0
    /// The enclosing class, method or function.
    package var scope = ""
    /// The code that the report quotes.
    package var snippet = ""
    /// A package URL without version, or the name of a package.
    package var component = ""
    package var version = ""
    /// The distribution of an image.
    package var distribution = ""
    /// The resource of a cloud or a declaration: kind, namespace and name.
    package var resource = ""
    /// The parts of an address.
    package var host = ""
    package var method = ""
    package var parameter = ""
    /// A keyed hash of a secret's value; never the value.
    package var secret: UInt64 = 0
    /// Fingerprints and signatures of the report.
    package var fingerprints: [(algorithm: EvidenceAlgorithm, value: String)] = []

    package init(kind: FindingKind) {
        self.kind = kind
    }
}
