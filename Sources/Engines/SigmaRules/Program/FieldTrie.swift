// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Which members of an event are looked at, and for which fields.
///
/// A field `a.b` is found as the member `b` of an object `a` and as a member that is called `a.b`. One hash table holds
/// all names of all objects, looked up by the object's node and by what the tape tells of a name, so that a name that
/// no rule asks for is left after one load.
struct FieldTrie: BitwiseCopyable {
    struct Member: BitwiseCopyable {
        /// What the tape says of the name; with the length and the node, the key.
        var code: UInt32
        var length: UInt32
        var node: UInt32
        var name: UInt32
        /// The slots that the member's value goes to.
        var firstSlot: UInt32
        var lastSlot: UInt32
        /// The node of the object that may stand there; 0 where nothing in one is asked for.
        var child: UInt32
    }

    private let table: UnsafePointer<UInt32>
    private let mask: UInt32
    private let members: UnsafePointer<Member>
    private let names: UnsafePointer<UInt8>
    let slots: UnsafePointer<UInt32>

    init(_ builder: FieldTrieBuilder, _ memory: ProgramMemory) {
        var members = [Member(code: 0, length: 0, node: 0, name: 0, firstSlot: 0, lastSlot: 0, child: 0)]
        var names: [UInt8] = []
        var slots: [UInt32] = []
        for (node, children) in builder.nodes.enumerated() {
            for (name, child) in children.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                let target = builder.targets[child]
                members.append(
                    Member(
                        code: name.withUnsafeBufferPointer { JSONEventTape.nameCode($0) },
                        length: UInt32(name.count),
                        node: UInt32(node),
                        name: UInt32(names.count),
                        firstSlot: UInt32(slots.count),
                        lastSlot: UInt32(slots.count + target.count),
                        child: builder.nodes[child].isEmpty ? 0 : UInt32(child)
                    )
                )
                names += name
                slots += target.sorted().map { UInt32($0) }
            }
        }
        var size = 4
        while size < 4 * members.count { size *= 2 }
        var table = [UInt32](repeating: 0, count: size)
        for (index, member) in members.enumerated().dropFirst() {
            var place = Int(Self.place(member.code, member.length, member.node)) & (size - 1)
            while table[place] != 0 { place = (place + 1) & (size - 1) }
            table[place] = UInt32(index)
        }
        self.table = memory.keep(table)
        self.members = memory.keep(members)
        self.names = memory.keep(names)
        self.slots = memory.keep(slots)
        mask = UInt32(size - 1)
    }

    @inline(__always)
    private static func place(_ code: UInt32, _ length: UInt32, _ node: UInt32) -> UInt32 {
        let mixed = (code ^ node &* 0x85EB_CA6B ^ length &* 0xC2B2_AE35) &* 0x9E37_79B1
        return mixed ^ mixed >> 15
    }

    /// What is asked of a member of the object at a node; nil where nothing is.
    @inline(__always)
    func member(
        _ name: UnsafePointer<UInt8>,
        _ length: UInt32,
        code: UInt32,
        node: UInt32
    ) -> UnsafePointer<Member>? {
        var place = Self.place(code, length, node) & mask
        while true {
            let index = table[Int(place)]
            if index == 0 { return nil }
            let member = members + Int(index)
            if member.pointee.code == code, member.pointee.length == length, member.pointee.node == node,
                isEqual(name, names + Int(member.pointee.name), Int(length))
            {
                return member
            }
            place = (place &+ 1) & mask
        }
    }

    /// Compares in words that overlap where the length is no multiple of one.
    @inline(__always)
    private func isEqual(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let (left, right) = (UnsafeRawPointer(left), UnsafeRawPointer(right))
        if count >= 8 {
            var place = 0
            while place < count {
                let at = min(place, count &- 8)
                if left.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                    != right.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                {
                    return false
                }
                place &+= 8
            }
            return true
        }
        if count >= 4 {
            return left.loadUnaligned(as: UInt32.self) == right.loadUnaligned(as: UInt32.self)
                && left.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
                    == right.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
        }
        for index in 0..<count
        where left.load(fromByteOffset: index, as: UInt8.self) != right.load(fromByteOffset: index, as: UInt8.self) {
            return false
        }
        return true
    }
}

/// The names of fields as a tree; the root is node 0.
struct FieldTrieBuilder {
    private(set) var nodes: [[[UInt8]: Int]] = [[:]]
    /// The slots of each node's own value.
    private(set) var targets: [Set<Int>] = [[]]
    /// A path of more parts is looked for as a chain of objects and as one name, not as every mixture.
    private static let mostMixedParts = 6

    /// Adds a path, such as `objectRef.resource`, whose value goes to a slot.
    mutating func add(_ path: String, slot: Int) {
        let parts = path.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { Array($0) }
        insert(parts[...], at: 0, slot, isMixed: parts.count <= Self.mostMixedParts)
        if parts.count > Self.mostMixedParts {
            targets[child(Array(path.utf8), of: 0)].insert(slot)
        }
    }

    private mutating func insert(_ parts: ArraySlice<[UInt8]>, at node: Int, _ slot: Int, isMixed: Bool) {
        var name: [UInt8] = []
        for end in parts.indices {
            if end > parts.startIndex { name.append(UInt8(ascii: ".")) }
            name += parts[end]
            let child = child(name, of: node)
            if end + 1 == parts.endIndex {
                targets[child].insert(slot)
            } else {
                insert(parts[(end + 1)...], at: child, slot, isMixed: isMixed)
            }
            if !isMixed { return }
        }
    }

    private mutating func child(_ name: [UInt8], of node: Int) -> Int {
        if let child = nodes[node][name] { return child }
        nodes.append([:])
        targets.append([])
        nodes[node][name] = nodes.count - 1
        return nodes.count - 1
    }
}
