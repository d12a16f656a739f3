// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

extension EntityKey {
    /// The key of an entity.
    package init(_ entity: Entity) {
        self.init(entity.kind, name: entity.key.utf8)
    }

    /// The same without a value of its own, for hot paths; the name has to be in its canonical spelling.
    package init(_ kind: Entity.Kind, name: some Sequence<UInt8>) {
        self.init(kind: Self.code(of: kind), name: name)
    }

    /// What hashes lie on disk with, so no number ever changes.
    private static func code(of kind: Entity.Kind) -> UInt8 {
        switch kind {
        case .address: 1
        case .network: 2
        case .user: 3
        case .session: 4
        case .device: 5
        case .workload: 6
        case .service: 7
        case .project: 8
        case .runner: 9
        case .token: 10
        }
    }
}
