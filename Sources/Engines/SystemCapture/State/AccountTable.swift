// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A user of the machine or of a container.
package struct UserAccount: Equatable, Sendable {
    package var groupID: UInt32
    package var name: [UInt8]
    package var home: [UInt8]
    package var shell: [UInt8]
}

/// The names of users and groups, per container.
struct AccountTable {
    struct Key: Hashable {
        let container: ContainerID
        let number: UInt32
    }

    private(set) var users: [Key: UserAccount] = [:]
    private(set) var groups: [Key: [UInt8]] = [:]
    private(set) var refused = 0

    mutating func add(_ user: UserAccount, number: UInt32, container: ContainerID, limit: Int) {
        guard users.count < limit else {
            refused += 1
            return
        }
        users[Key(container: container, number: number)] = user
    }

    mutating func add(group name: [UInt8], number: UInt32, container: ContainerID, limit: Int) {
        guard groups.count < limit else {
            refused += 1
            return
        }
        groups[Key(container: container, number: number)] = name
    }

    mutating func remove(user number: UInt32, container: ContainerID) {
        users[Key(container: container, number: number)] = nil
    }

    mutating func remove(group number: UInt32, container: ContainerID) {
        groups[Key(container: container, number: number)] = nil
    }

    mutating func removeAll() {
        users = [:]
        groups = [:]
    }
}

extension SystemState {
    /// A user by number, as its container sees it; nil if no name is known.
    package func user(_ number: UInt32, container: ContainerID) -> UserAccount? {
        accounts.users[AccountTable.Key(container: container, number: number)]
    }

    /// The name of a group by number, as its container sees it; nil if it is not known.
    package func group(_ number: UInt32, container: ContainerID) -> [UInt8]? {
        accounts.groups[AccountTable.Key(container: container, number: number)]
    }
}
