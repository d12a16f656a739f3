// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The machine that a capture was made on.
package struct MachineInfo: Equatable, Sendable {
    package var processors: UInt32
    /// Bytes of memory.
    package var memory: UInt64
    package var maximumProcessID: UInt64
    package var hostName: [UInt8]
    /// Nanoseconds since 1970; 0 if the writer did not know.
    package var bootTime: UInt64

    package init(
        processors: UInt32,
        memory: UInt64,
        maximumProcessID: UInt64,
        hostName: [UInt8],
        bootTime: UInt64
    ) {
        self.processors = processors
        self.memory = memory
        self.maximumProcessID = maximumProcessID
        self.hostName = hostName
        self.bootTime = bootTime
    }

    init(_ body: UnsafeRawBufferPointer, at offset: Int) throws(CaptureError) {
        var fields = ListCursor(body, at: offset)
        processors = try fields.number()
        memory = try fields.number()
        maximumProcessID = try fields.number()
        hostName = Array(try fields.take(128).prefix { $0 != 0 })
        bootTime = fields.rest >= 8 ? try fields.number() : 0
    }
}

/// A network interface of the machine.
package struct InterfaceInfo: Equatable, Sendable {
    package var isIPv6: Bool
    package var address: [UInt8]
    package var mask: [UInt8]
    package var name: [UInt8]

    /// Reads the list of interfaces, in both layouts.
    static func read(
        _ body: UnsafeRawBufferPointer,
        version: Int,
        at offset: Int
    ) throws(CaptureError) -> [InterfaceInfo] {
        var list = ListCursor(body, at: offset)
        var interfaces: [InterfaceInfo] = []
        while list.rest >= (version >= 2 ? 8 : 16) {
            if version >= 2 {
                var entry = try list.entry(countsItself: false)
                if let interface = try read(&entry) {
                    interfaces.append(interface)
                }
            } else {
                guard let interface = try read(&list) else {
                    return interfaces
                }
                interfaces.append(interface)
            }
        }
        return interfaces
    }

    /// - Returns: nil for a kind of interface that is not known.
    private static func read(_ list: inout ListCursor) throws(CaptureError) -> InterfaceInfo? {
        let type = try list.number(UInt16.self)
        let nameLength = Int(try list.number(UInt16.self))
        guard (1...4).contains(type) else {
            return nil
        }
        let isIPv6 = type == 2 || type == 4
        let size = isIPv6 ? 16 : 4
        let address = Array(try list.take(size))
        let mask = Array(try list.take(size))
        _ = try list.take(size)
        if type < 3 {
            _ = try list.number(UInt64.self)
        }
        return InterfaceInfo(isIPv6: isIPv6, address: address, mask: mask, name: Array(try list.take(nameLength)))
    }
}
