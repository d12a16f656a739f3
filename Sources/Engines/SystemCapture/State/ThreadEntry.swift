// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the state knows of one thread. Texts are numbers into the state's string table.
package struct ThreadEntry: BitwiseCopyable {
    package var threadID: Int64
    package var processID: Int64
    package var parentID: Int64
    package var sessionID: Int64 = -1
    package var virtualThreadID: Int64
    package var virtualProcessID: Int64
    package var groupID: Int64 = -1
    package var virtualGroupID: Int64 = -1
    /// The thread that inherits the children, as the exit event said; 0 before that.
    package var reaperID: Int64 = 0

    package var command: StringID = .empty
    package var executable: StringID = .empty
    package var executablePath: StringID = .empty
    /// The arguments after the first, each ended by a zero byte.
    package var arguments: StringID = .empty
    /// The environment, each variable ended by a zero byte.
    package var environment: StringID = .empty
    package var directory: StringID = .empty
    package var root: StringID = .empty
    /// `subsystem=path`, each ended by a zero byte.
    package var controlGroups: StringID = .empty

    package var userID: UInt32 = .max
    package var userGroupID: UInt32 = .max
    package var loginUserID: UInt32 = .max
    package var terminal: UInt32 = 0
    package var flags: ThreadFlags = []
    package var container: ContainerID = .host

    package var descriptorLimit: Int64 = -1
    package var virtualMemory: UInt32 = 0
    package var residentMemory: UInt32 = 0
    package var swappedMemory: UInt32 = 0
    package var majorFaults: UInt64 = 0
    package var minorFaults: UInt64 = 0
    package var inheritableCapabilities: UInt64 = 0
    package var permittedCapabilities: UInt64 = 0
    package var effectiveCapabilities: UInt64 = 0

    /// When the process was cloned or first seen, in nanoseconds since 1970; 0 if that is not known.
    package var startTime: UInt64 = 0
    /// When it last executed a program; 0 if it has not since the capture began.
    package var executionTime: UInt64 = 0
    package var namespaceStartTime: UInt64 = 0
    package var executableInode: UInt64 = 0
    package var executableChangeTime: UInt64 = 0
    package var executableModificationTime: UInt64 = 0

    /// Changes with whatever the process is described by; no two threads have the same.
    package internal(set) var stamp: UInt64 = 0

    /// The first of its descriptors; they form a list.
    var firstDescriptor: UInt32 = FlatIndex.absent
    package internal(set) var descriptorCount: UInt32 = 0

    /// How many other threads of its process live, for the first thread of one.
    package internal(set) var threadCount: UInt32 = 0

    /// The enter event that waits for its exit.
    var pendingEnter: EventRecord?
    /// The bytes of it that the state itself holds; nil while they lie in the caller's buffer.
    var pendingCopy: UnsafeMutableRawPointer?
    var pendingCapacity: Int32 = 0
    /// Whether it is in the list of threads whose enter events lie in the caller's buffer.
    var isListed = false
    /// Whether it was used since the search for a thread to give up last came by.
    var wasUsed = true
    /// Whether the entry is in use.
    var isLive = true

    init(_ threadID: Int64, processID: Int64, parentID: Int64) {
        self.threadID = threadID
        self.processID = processID
        self.parentID = parentID
        virtualThreadID = threadID
        virtualProcessID = processID
    }

    /// Whether the thread is the first of its process.
    package var isMain: Bool {
        threadID == processID || flags.contains(.isMain)
    }
}

/// What is known of a thread in single bits; the lower ones are those of clone as captures hold them.
package struct ThreadFlags: OptionSet, Sendable, BitwiseCopyable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let sharesDescriptors = ThreadFlags(rawValue: 1 << 0)
    package static let sharesDirectory = ThreadFlags(rawValue: 1 << 1)
    package static let newProcessNamespace = ThreadFlags(rawValue: 1 << 6)
    package static let clonesParent = ThreadFlags(rawValue: 1 << 8)
    package static let isThread = ThreadFlags(rawValue: 1 << 13)
    package static let clonesInverted = ThreadFlags(rawValue: 1 << 16)
    package static let nameChanged = ThreadFlags(rawValue: 1 << 17)
    package static let isClosed = ThreadFlags(rawValue: 1 << 18)
    package static let childInNamespace = ThreadFlags(rawValue: 1 << 19)
    package static let isMain = ThreadFlags(rawValue: 1 << 22)

    // What the kernel says of the program; above the bits of clone that captures hold.
    package static let executableIsWritable = ThreadFlags(rawValue: 1 << 29)
    package static let executableInUpperLayer = ThreadFlags(rawValue: 1 << 30)
    package static let executableFromMemory = ThreadFlags(rawValue: 1 << 31)
    package static let executableInLowerLayer = ThreadFlags(rawValue: 1 << 21)
    /// It was made up for an event of a thread that the capture never described.
    package static let isUnknown = ThreadFlags(rawValue: 1 << 20)

    /// The bits that describe the program.
    static let executableMask: ThreadFlags = [
        .executableIsWritable, .executableInUpperLayer, .executableFromMemory, .executableInLowerLayer,
    ]
    /// The bits that come from clone.
    static let cloneMask = ThreadFlags(rawValue: 0x0001_FFFF)
}

/// The number of a container in the state; 0 is the host.
package struct ContainerID: Hashable, Sendable, BitwiseCopyable {
    package let number: UInt32

    package static let host = ContainerID(number: 0)
}
