// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension SystemState {
    /// `setuid` and `setgid`: result, then the number.
    func setUser(_ event: SystemEvent, isGroup: Bool) {
        guard let entry = identity(of: event), let number = event.uint32(1) else {
            return
        }
        if isGroup {
            entry.pointee.userGroupID = number
        } else {
            entry.pointee.userID = number
        }
    }

    /// `setresuid` and its relatives: result, real number, effective number; -1 leaves a number as it is.
    func setUsers(_ event: SystemEvent, isGroup: Bool) {
        guard let entry = identity(of: event), let number = event.uint32(2), number != .max else {
            return
        }
        if isGroup {
            entry.pointee.userGroupID = number
        } else {
            entry.pointee.userID = number
        }
    }

    /// The thread of a call that went well.
    private func identity(of event: SystemEvent) -> UnsafeMutablePointer<ThreadEntry>? {
        guard let result = event.int64(0), result >= 0, event.threadNumber != FlatIndex.absent else {
            return nil
        }
        return threads + Int(event.threadNumber)
    }

    /// `setpgid`: result, process (0 is the caller), group (0 is the process).
    func setProcessGroup(_ event: SystemEvent) {
        guard identity(of: event) != nil, let process = event.int64(1), let group = event.int64(2) else {
            return
        }
        let index = findThread(process == 0 ? event.threadID : process)
        guard index != FlatIndex.absent else {
            return
        }
        let entry = threads + Int(index)
        markChanged(index)
        entry.pointee.groupID = group == 0 ? entry.pointee.threadID : group
        entry.pointee.virtualGroupID = group == 0 ? entry.pointee.virtualThreadID : group
    }

    /// `setsid`: the result is the session.
    func setSession(_ event: SystemEvent) {
        if let entry = identity(of: event), let session = event.int64(0) {
            entry.pointee.sessionID = session
        }
    }

    /// `capset`: result, inheritable, permitted, effective.
    func setCapabilities(_ event: SystemEvent) {
        guard let entry = identity(of: event) else {
            return
        }
        entry.pointee.inheritableCapabilities = event.uint64(1) ?? entry.pointee.inheritableCapabilities
        entry.pointee.permittedCapabilities = event.uint64(2) ?? entry.pointee.permittedCapabilities
        entry.pointee.effectiveCapabilities = event.uint64(3) ?? entry.pointee.effectiveCapabilities
    }

    /// The container that an account event names; empty is the host.
    private func container(named name: UnsafeBufferPointer<UInt8>) -> ContainerID {
        name.isEmpty
            ? .host
            : containers.number(
                of: Array(name.prefix(ContainerMatcher.reportedLength)),
                limit: limits.containers
            )
    }

    func changeUser(_ event: SystemEvent, isAdded: Bool) {
        guard let number = event.uint32(0) else {
            return
        }
        let container = container(named: event.text(5))
        if isAdded {
            let user = UserAccount(
                groupID: event.uint32(1) ?? .max,
                name: Array(event.text(2)),
                home: Array(event.text(3)),
                shell: Array(event.text(4))
            )
            accounts.add(user, number: number, container: container, limit: limits.accounts)
        } else {
            accounts.remove(user: number, container: container)
        }
    }

    func changeGroup(_ event: SystemEvent, isAdded: Bool) {
        guard let number = event.uint32(0) else {
            return
        }
        let container = container(named: event.text(2))
        if isAdded {
            accounts.add(group: Array(event.text(1)), number: number, container: container, limit: limits.accounts)
        } else {
            accounts.remove(group: number, container: container)
        }
    }
}
