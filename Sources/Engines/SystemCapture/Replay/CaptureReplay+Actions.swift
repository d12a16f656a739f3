// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension CaptureReplay {
    /// Changes the state as an event says.
    @inline(never)
    mutating func act(on event: inout SystemEvent, action: StateAction) {
        let thread = event.threadNumber
        if thread == FlatIndex.absent {
            actWithoutThread(on: &event, action: action)
            return
        }
        switch action {
        case .none, .connectEnter:
            break
        case .memory:
            state.setMemory(event, first: 1)
        case .memoryOfSwitch:
            state.setFaults(event)
            state.setMemory(event, first: 3)
        case .open:
            state.open(event, layout: SystemState.OpenLayout(name: 1, flags: 2, device: 4, inode: 5))
        case .openAt:
            let last = event.type == 327 ? 6 : 5
            state.open(
                event,
                layout: SystemState.OpenLayout(name: 2, flags: 3, directory: 1, device: last, inode: last + 1)
            )
        case .openByHandle:
            state.open(event, layout: SystemState.OpenLayout(name: 3, flags: 2, device: 4, inode: 5))
        case .create:
            state.open(event, layout: SystemState.OpenLayout(name: 1, flags: -1, device: 3, inode: 4))
        case .close:
            if let result = event.int64(0), result >= 0, let number = event.int64(1) {
                finishLater(close: number, thread: thread)
            }
        case .exit:
            state.exit(event)
            finishLater(exit: thread)
        case .clone:
            state.clone(event)
        case .execute:
            state.execute(event)
            state.markChanged(thread)
        default:
            actOnOthers(event, action: action)
        }
        if action == .clone {
            attachThread(to: &event)
        }
    }

    /// The calls that are less frequent.
    private func actOnOthers(_ event: SystemEvent, action: StateAction) {
        switch action {
        case .socket: state.socket(event)
        case .bind: state.bind(event)
        case .connect: state.connect(event)
        case .accept: state.accept(event)
        case .socketPair: state.socketPair(event)
        case .pipe: state.pipe(event)
        case .sendMessage: state.transfer(event, isSending: true)
        case .receiveMessage: state.transfer(event, isSending: false)
        case .newDescriptor: state.newDescriptor(event)
        case .duplicate: state.duplicate(event, from: event.int64(1))
        case .fcntl: state.fcntl(event)
        case .changeDirectory: state.changeDirectory(event)
        case .changeDirectoryByDescriptor: state.changeDirectoryByDescriptor(event)
        case .changeRoot: state.changeRoot(event)
        case .setUser, .setGroup, .setUsers, .setGroups, .setProcessGroup, .setSession, .setCapabilities:
            actOnIdentity(event, action: action)
        default: actOnRecord(event, action: action)
        }
    }

    /// The calls that change who a process is.
    private func actOnIdentity(_ event: SystemEvent, action: StateAction) {
        switch action {
        case .setUser: state.setUser(event, isGroup: false)
        case .setGroup: state.setUser(event, isGroup: true)
        case .setUsers: state.setUsers(event, isGroup: false)
        case .setGroups: state.setUsers(event, isGroup: true)
        case .setProcessGroup: state.setProcessGroup(event)
        case .setSession: state.setSession(event)
        case .setCapabilities: state.setCapabilities(event)
        default: break
        }
        state.markChanged(event.threadNumber)
    }

    /// The records that the writer of a capture puts between the system calls.
    private func actOnRecord(_ event: SystemEvent, action: StateAction) {
        state.markAccountsChanged()
        switch action {
        case .container: state.container(event)
        case .userAdded: state.changeUser(event, isAdded: true)
        case .userDeleted: state.changeUser(event, isAdded: false)
        case .groupAdded: state.changeGroup(event, isAdded: true)
        case .groupDeleted: state.changeGroup(event, isAdded: false)
        default: break
        }
    }

    private mutating func actWithoutThread(on event: inout SystemEvent, action: StateAction) {
        if action == .clone {
            state.clone(event)
            attachThread(to: &event)
        } else if action.isRecord {
            actOnRecord(event, action: action)
        }
    }

    /// The child of a clone is known only afterwards; and a full table may have given up the caller for it.
    private func attachThread(to event: inout SystemEvent) {
        event.threadNumber = state.findThread(event.threadID)
        event.threadEntry = event.threadNumber == FlatIndex.absent ? nil : state.threads + Int(event.threadNumber)
    }
}

extension SystemEvent {
    /// The number of the descriptor that the event is about; nil if it is about none.
    package var descriptorNumber: Int64? {
        // Of two that a call makes, the second one.
        if kind.pointee.action == .pipe || kind.pointee.action == .socketPair {
            return int64(2)
        }
        if kind.pointee.flags.contains(.createsDescriptor), !isEnter {
            let first = EventSchema.shared.parameters(of: type).first?.type
            if first == .descriptor {
                guard let number = int64(0), number >= 0 else {
                    return nil
                }
                return number
            }
        }
        let index = Int(kind.pointee.descriptorParameter)
        return index >= 0 ? int64(index) : nil
    }

    /// The descriptor that the event is about; nil if it is about none or the state does not know it.
    package func descriptor(in state: SystemState) -> UnsafePointer<DescriptorEntry>? {
        guard threadNumber != FlatIndex.absent, let number = descriptorNumber else {
            return nil
        }
        return state.findDescriptor(number, of: threadNumber).map { UnsafePointer($0) }
    }
}

extension SystemState {
    /// Counts the threads of each process, after a list of them was read.
    func countThreads() {
        forEachThread { threads[Int($0)].threadCount = 0 }
        forEachThread { index in
            let entry = threads[Int(index)]
            guard entry.processID != entry.threadID else {
                return
            }
            let main = threadIndex.find(UInt64(bitPattern: entry.processID))
            if main != FlatIndex.absent {
                threads[Int(main)].threadCount += 1
            }
        }
    }
}
