// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Blocks that are not events.
extension CaptureReplay {
    /// The largest event, as the writer's buffer allows it, with its frame.
    static let largestEvent = 64 * 1024 + 64
    static let largestWideEvent = 16 << 20
    private static let largestBlock = 64 << 20

    func tooLarge(_ length: Int, limit: Int) -> CaptureError {
        CaptureError(.tooLarge, at: offset, "a block of \(length) bytes; at most \(limit) are read")
    }

    /// Fewer bytes are left than any block has.
    mutating func endOfBytes(_ rest: Int) throws(CaptureError) -> Step {
        guard isLast else {
            keepEnterEvents()
            return .needsBytes
        }
        guard rest == 0 else {
            throw CaptureError(.truncated, at: offset, "the capture ends within a block")
        }
        guard hasHeader else {
            throw CaptureError(.notACapture, at: offset, "the capture is empty")
        }
        keepEnterEvents()
        return .end
    }

    /// A block is longer than the bytes that are there, or its length is impossible.
    mutating func incomplete(type: UInt32, length: Int) throws(CaptureError) -> Step {
        guard hasHeader || type == BlockType.sectionHeader else {
            throw CaptureError(.notACapture, at: offset, "a capture begins with a section header")
        }
        guard length >= 12 else {
            throw CaptureError(.blockLength, at: offset, "a block of \(length) bytes is too short")
        }
        let limit = Self.largestLength(of: type)
        guard length <= limit else {
            throw tooLarge(length, limit: limit)
        }
        guard isLast else {
            keepEnterEvents()
            return .needsBytes
        }
        throw CaptureError(.truncated, at: offset, "the capture ends within a block of \(length) bytes")
    }

    private static func largestLength(of type: UInt32) -> Int {
        switch type {
        case BlockType.event, BlockType.oldEvent, BlockType.event2, BlockType.eventWithFlags, BlockType.event2WithFlags:
            largestEvent
        case BlockType.largeEvent, BlockType.largeEventWithFlags:
            largestWideEvent
        default:
            largestBlock
        }
    }

    mutating func readMetadata(_ block: UnsafeRawPointer, length: Int, type: UInt32) throws(CaptureError) {
        guard length <= Self.largestBlock else {
            throw tooLarge(length, limit: Self.largestBlock)
        }
        let body = UnsafeRawBufferPointer(start: block + 8, count: length - 12)
        let bodyOffset = offset + 8
        switch BlockType.content(of: type) {
        case .sectionHeader:
            try readSectionHeader(body, at: bodyOffset)
        case .machineInfo:
            machine = try MachineInfo(body, at: bodyOffset)
        case .processList(let version):
            try ProcessListReader.read(body, version: version, at: bodyOffset, into: state)
            state.countThreads()
        case .descriptorList(let version):
            try DescriptorListReader.read(body, version: version, at: bodyOffset, into: state)
        case .interfaceList(let version):
            interfaces = try InterfaceInfo.read(body, version: version, at: bodyOffset)
            state.setInterfaces(interfaces)
        case .userList(let version):
            try AccountListReader.read(body, version: version, at: bodyOffset, into: state)
        case .unknown:
            unknownBlocks += 1
        }
    }

    /// A section begins: what is known so far is of another capture.
    private mutating func readSectionHeader(_ body: UnsafeRawBufferPointer, at bodyOffset: Int) throws(CaptureError) {
        var fields = ListCursor(body, at: bodyOffset)
        let magic = try fields.number(UInt32.self)
        guard magic != 0x4D3C_2B1A else {
            throw CaptureError(.byteOrder, at: bodyOffset, "the capture was written in the other byte order")
        }
        guard magic == 0x1A2B_3C4D else {
            throw CaptureError(.notACapture, at: bodyOffset, "the section header is not that of a capture")
        }
        let major = try fields.number(UInt16.self)
        guard major == 1 else {
            throw CaptureError(.version, at: bodyOffset + 4, "captures of version \(major) are not known")
        }
        // What follows (minor version, length, options) says nothing that is needed here.
        if sections > 0 {
            // The bytes that enter events lie in stay, but the threads do not.
            keepEnterEvents()
            state.removeAll()
            machine = nil
            interfaces = []
        }
        isBeginning = true
        sections += 1
        hasHeader = true
    }
}
