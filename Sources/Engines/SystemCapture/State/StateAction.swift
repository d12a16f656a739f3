// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What an event changes in the state; most change nothing.
enum StateAction: UInt8, Sendable {
    case none
    case open
    case openAt
    case openByHandle
    case create
    case close
    case socket
    case bind
    case connect
    case connectEnter
    case accept
    case socketPair
    case pipe
    case sendMessage
    case receiveMessage
    case newDescriptor
    case duplicate
    case fcntl
    case changeDirectory
    case changeDirectoryByDescriptor
    case changeRoot
    case clone
    case execute
    case exit
    case setUser
    case setGroup
    case setUsers
    case setGroups
    case setProcessGroup
    case setSession
    case setCapabilities
    case container
    case userAdded
    case userDeleted
    case groupAdded
    case groupDeleted
    case memory
    case memoryOfSwitch

    /// Whether it is of a record that the capture's writer made, not of a thread.
    @inline(__always)
    var isRecord: Bool {
        switch self {
        case .container, .userAdded, .userDeleted, .groupAdded, .groupDeleted: true
        default: false
        }
    }

    /// The action of the event type with a name.
    init(name: String, isExit: Bool) {
        self = (isExit ? Self.exitActions[name] : Self.enterActions[name]) ?? .none
    }

    private static let enterActions: [String: StateAction] = [
        "procexit": .exit, "container": .container, "connect": .connectEnter,
        "useradded": .userAdded, "userdeleted": .userDeleted,
        "groupadded": .groupAdded, "groupdeleted": .groupDeleted, "switch": .memoryOfSwitch,
    ]

    private static let exitActions: [String: StateAction] = [
        "open": .open, "openat": .openAt, "openat2": .openAt, "open_by_handle_at": .openByHandle, "creat": .create,
        "close": .close, "socket": .socket, "bind": .bind, "connect": .connect, "accept": .accept,
        "accept4": .accept, "socketpair": .socketPair, "pipe": .pipe, "pipe2": .pipe,
        "send": .sendMessage, "sendto": .sendMessage, "sendmsg": .sendMessage, "sendmmsg": .sendMessage,
        "recv": .receiveMessage, "recvfrom": .receiveMessage, "recvmsg": .receiveMessage,
        "recvmmsg": .receiveMessage,
        "eventfd": .newDescriptor, "eventfd2": .newDescriptor, "timerfd_create": .newDescriptor,
        "inotify_init": .newDescriptor, "inotify_init1": .newDescriptor, "signalfd": .newDescriptor,
        "signalfd4": .newDescriptor, "epoll_create": .newDescriptor, "epoll_create1": .newDescriptor,
        "userfaultfd": .newDescriptor, "memfd_create": .newDescriptor, "pidfd_open": .newDescriptor,
        "io_uring_setup": .newDescriptor, "bpf": .newDescriptor,
        "dup": .duplicate, "dup2": .duplicate, "dup3": .duplicate, "fcntl": .fcntl,
        "chdir": .changeDirectory, "fchdir": .changeDirectoryByDescriptor, "chroot": .changeRoot,
        "clone": .clone, "clone3": .clone, "fork": .clone, "vfork": .clone,
        "execve": .execute, "execveat": .execute,
        "setuid": .setUser, "setgid": .setGroup, "setresuid": .setUsers, "setresgid": .setGroups,
        "brk": .memory, "mmap": .memory, "mmap2": .memory, "munmap": .memory,
        "setreuid": .setUsers, "setregid": .setGroups,
        "setpgid": .setProcessGroup, "setsid": .setSession, "capset": .setCapabilities,
    ]
}
