// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CSensor

/// Addresses as captures hold them: the family in a byte, the address as it goes over the wire, the port in the machine's
/// order; of a Unix socket the path.
struct SocketParameters {
    private enum Family {
        static let unix: UInt16 = 1
        static let ipv4: UInt16 = 2
        static let ipv6: UInt16 = 10
    }

    private let record: KernelRecord

    init(_ record: KernelRecord) {
        self.record = record
    }

    /// The address that the call was given; nothing where there is none.
    func putAddress(in event: inout EventParameters) {
        let given = record.piece(0)
        guard given.count >= 2 else { return event.putNothing() }
        let family = given.loadUnaligned(as: UInt16.self)
        switch family {
        case Family.ipv4 where given.count >= 8:
            event.put {
                $0.put(UInt8(family))
                $0.put(UnsafeRawBufferPointer(rebasing: given[4..<8]))
                $0.put(Self.port(given))
            }
        case Family.ipv6 where given.count >= 24:
            event.put {
                $0.put(UInt8(family))
                $0.put(UnsafeRawBufferPointer(rebasing: given[8..<24]))
                $0.put(Self.port(given))
            }
        case Family.unix:
            event.put {
                $0.put(UInt8(family))
                $0.put(Self.path(given))
                $0.put(UInt8(0))
            }
        default: event.put(UInt8(truncatingIfNeeded: family))
        }
    }

    /// Both ends: of what was accepted the other end is the source, of all others the own one.
    func putEnds(in event: inout EventParameters) {
        guard let socket = record.socket else { return event.putNothing() }
        var near = End(address: socket.local, port: socket.local_port)
        var far = End(address: socket.remote, port: socket.remote_port)
        takeGiven(socket.family, into: &far)
        if isAccepted { swap(&near, &far) }
        switch socket.family {
        case Family.ipv4: put(near, far, family: socket.family, bytes: 4, in: &event)
        case Family.ipv6: put(near, far, family: socket.family, bytes: 16, in: &event)
        case Family.unix:
            let given = record.piece(0)
            let name = given.isEmpty ? record.piece(1) : given
            event.put {
                $0.put(UInt8(socket.family))
                $0.put(isAccepted ? socket.remote_object : socket.local_object)
                $0.put(isAccepted ? socket.local_object : socket.remote_object)
                $0.put(Self.path(name))
                $0.put(UInt8(0))
            }
        default: event.putNothing()
        }
    }

    private struct End {
        var address: [UInt8]
        var port: UInt16

        init(
            address: (
                UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8,
                UInt8
            ),
            port: UInt16
        ) {
            self.address = withUnsafeBytes(of: address) { Array($0) }
            self.port = port
        }
    }

    private var isAccepted: Bool { record.head.syscall == acceptNumbers.0 || record.head.syscall == acceptNumbers.1 }

    #if arch(arm64)
    private var acceptNumbers: (Int32, Int32) { (202, 242) }
    #else
    private var acceptNumbers: (Int32, Int32) { (43, 288) }
    #endif

    /// A datagram's socket may have no other end of its own; then the address says where it goes, and also where the
    /// connection was refused before it had one.
    private func takeGiven(_ family: UInt16, into end: inout End) {
        let given = record.piece(0)
        guard given.count >= 2, given.loadUnaligned(as: UInt16.self) == family else { return }
        if family == Family.ipv4, given.count >= 8 {
            end.address.replaceSubrange(0..<4, with: given[4..<8])
            end.port = Self.port(given)
        } else if family == Family.ipv6, given.count >= 24 {
            end.address = Array(given[8..<24])
            end.port = Self.port(given)
        }
    }

    private func put(_ source: End, _ destination: End, family: UInt16, bytes: Int, in event: inout EventParameters) {
        event.put { capture in
            capture.put(UInt8(family))
            for end in [source, destination] {
                capture.put(bytes: end.address.prefix(bytes))
                capture.put(end.port)
            }
        }
    }

    /// The port in bytes 2 and 3 of an address, the greater one first.
    private static func port(_ address: UnsafeRawBufferPointer) -> UInt16 {
        UInt16(address[2]) << 8 | UInt16(address[3])
    }

    /// The path behind the family, up to its zero byte; of an abstract name the bytes behind its zero byte.
    private static func path(_ address: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard address.count > 2 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let isAbstract = address[2] == 0
        let name = address[(isAbstract ? 3 : 2)...]
        return UnsafeRawBufferPointer(rebasing: name[..<(name.firstIndex(of: 0) ?? name.endIndex)])
    }
}
