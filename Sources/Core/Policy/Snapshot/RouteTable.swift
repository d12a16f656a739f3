// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// Routes by path and method, compiled into a tree of segments.
///
/// From each node a literal segment is tried before a parameter, and that before what covers all below; a route that has
/// ended is passed over, so that the next wider one counts. A search visits each node at most once, mostly one per segment.
struct RouteTable: Sendable {
    /// A route that ends at a node, and what it stands for.
    struct Entry: Sendable {
        let pattern: RoutePattern
        /// The time from which on it does not count.
        let expires: Int64
        /// The index of what it stands for, in a list of the table's owner.
        let value: Int
    }

    private struct Node: Sendable {
        /// The child for a segment of any value.
        var parameter: Int?
        /// Routes that end here, those with a method first.
        var here: [Entry] = []
        /// Routes that cover all from here on.
        var below: [Entry] = []
    }

    private var nodes = [Node()]
    private var edges = SegmentEdges()

    init(_ entries: [Entry]) {
        var count = 0
        for entry in entries {
            count += entry.pattern.segments.count
        }
        edges = SegmentEdges(capacity: count)
        for entry in entries {
            insert(entry)
        }
        for index in nodes.indices {
            nodes[index].here.sort(by: Self.isNarrower)
            nodes[index].below.sort(by: Self.isNarrower)
        }
    }

    /// `HEAD` before `GET`, which covers it; any method last.
    private static func isNarrower(_ left: Entry, _ right: Entry) -> Bool {
        switch (left.pattern.method, right.pattern.method) {
        case (let left?, let right?): right.lexicographicallyPrecedes(left)
        case (let left, _): left != nil
        }
    }

    private mutating func insert(_ entry: Entry) {
        var node = 0
        for segment in entry.pattern.segments {
            switch segment {
            case .literal(let bytes):
                let child = bytes.withUnsafeBufferPointer { edges.child(of: node, $0) }
                node = child ?? addLiteral(to: node, bytes)
            case .parameter:
                node = nodes[node].parameter ?? addParameter(to: node)
            }
        }
        if entry.pattern.coversBelow {
            nodes[node].below.append(entry)
        } else {
            nodes[node].here.append(entry)
        }
    }

    private mutating func addLiteral(to node: Int, _ bytes: [UInt8]) -> Int {
        nodes.append(Node())
        edges.insert(node, bytes, child: nodes.count - 1)
        return nodes.count - 1
    }

    private mutating func addParameter(to node: Int) -> Int {
        nodes.append(Node())
        nodes[node].parameter = nodes.count - 1
        return nodes.count - 1
    }

    /// The narrowest route that a request is on; nil for none, and for a path that is ambiguous.
    func value(_ path: RoutePath, method: ArraySlice<UInt8>, at time: Int64) -> Int? {
        guard !path.isAmbiguous, !isEmpty else { return nil }
        return path.bytes.withUnsafeBufferPointer { search(0, $0, 0, method, time) }
    }

    private var isEmpty: Bool { nodes.count == 1 && nodes[0].here.isEmpty && nodes[0].below.isEmpty }

    /// - Parameter place: where in the path the slash before the next segment is; its end for no more segments.
    private func search(
        _ node: Int,
        _ path: UnsafeBufferPointer<UInt8>,
        _ place: Int,
        _ method: ArraySlice<UInt8>,
        _ time: Int64
    ) -> Int? {
        guard place < path.count else {
            return Self.first(nodes[node].here, method, time) ?? Self.first(nodes[node].below, method, time)
        }
        var end = place + 1
        while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
        let label = UnsafeBufferPointer(rebasing: path[(place + 1)..<end])
        if let child = edges.child(of: node, label), let found = search(child, path, end, method, time) {
            return found
        }
        if let child = nodes[node].parameter, let found = search(child, path, end, method, time) {
            return found
        }
        return Self.first(nodes[node].below, method, time)
    }

    private static func first(_ entries: [Entry], _ method: ArraySlice<UInt8>, _ time: Int64) -> Int? {
        for entry in entries where entry.expires > time && entry.pattern.covers(method: method) {
            return entry.value
        }
        return nil
    }
}

/// The edges of a tree whose labels are segments: one hash table for all nodes, open addressing, at most half full.
///
/// Its content is what people have typed. Who only looks up cannot make it slow.
private struct SegmentEdges: Sendable {
    private struct Edge: Sendable {
        var parent = -1
        var child = 0
        var label: [UInt8] = []
    }

    private var slots: [Edge]
    private var mask: Int

    init(capacity: Int = 0) {
        var size = 4
        while size < 2 * capacity { size *= 2 }
        slots = Array(repeating: Edge(), count: size)
        mask = size - 1
    }

    /// FNV-1a (Fowler, Noll and Vo), with the parent as its first input.
    private func slot(_ parent: Int, _ label: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = (0xCBF2_9CE4_8422_2325 ^ UInt64(truncatingIfNeeded: parent)) &* 0x100_0000_01B3
        for byte in label {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
    }

    func child(of parent: Int, _ label: UnsafeBufferPointer<UInt8>) -> Int? {
        var index = slot(parent, label)
        while slots[index].parent >= 0 {
            if slots[index].parent == parent, isEqual(slots[index].label, label) { return slots[index].child }
            index = (index + 1) & mask
        }
        return nil
    }

    private func isEqual(_ known: [UInt8], _ label: UnsafeBufferPointer<UInt8>) -> Bool {
        guard known.count == label.count else { return false }
        for index in 0..<known.count where known[index] != label[index] { return false }
        return true
    }

    mutating func insert(_ parent: Int, _ label: [UInt8], child: Int) {
        var index = label.withUnsafeBufferPointer { slot(parent, $0) }
        while slots[index].parent >= 0 {
            index = (index + 1) & mask
        }
        slots[index] = Edge(parent: parent, child: child, label: label)
    }
}
