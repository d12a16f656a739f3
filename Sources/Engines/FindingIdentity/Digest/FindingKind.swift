// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What sort of weakness a finding is, as far as its identity depends on it.
package enum FindingKind: UInt8, Sendable, Hashable, CaseIterable {
    /// A place in source code.
    case sast
    /// A secret in a file.
    case secret
    /// A declaration of infrastructure in a file.
    case infrastructure
    /// A vulnerable component that a manifest names.
    case dependency
    /// A vulnerable component in a container image.
    case container
    /// An address of a running application.
    case dast
    /// A crash that fuzzing found.
    case fuzzing
    /// A running resource of a cloud or cluster.
    case cloud

    /// Whether findings of this kind have lines in files, so that edits move them.
    package var hasLines: Bool {
        switch self {
        case .sast, .secret, .infrastructure: true
        case .dependency, .container, .dast, .fuzzing, .cloud: false
        }
    }
}
