// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Makes texts that a pattern probably matches, by a random walk through its tree.
///
/// What surrounds a match (look-around, word boundaries, anchors inside) is not calculated, so a text has to be
/// confirmed by a regex engine before it is used.
struct SampleGenerator {
    private var random: SplitMix64
    private var sample: [UInt8] = []
    private var groups: [Int: [UInt8]] = [:]
    /// Whether the walk came upon a part that nothing matches, or that is not known.
    private var isStuck = false
    /// Repetitions beyond their minimum stop here.
    private static let longest = 600
    /// Repetitions altogether stop here, so that nested counts do not run away.
    private static let limit = 20_000

    init(seed: [UInt8]) {
        random = SplitMix64(seed: seed)
    }

    /// One text; nil where the walk came to no end.
    mutating func next(for parsed: ParsedRegex) -> [UInt8]? {
        sample.removeAll(keepingCapacity: true)
        groups.removeAll(keepingCapacity: true)
        isStuck = false
        visit(parsed.root)
        return isStuck || sample.count > Self.limit ? nil : sample
    }

    private mutating func visit(_ node: RegexNode) {
        guard !isStuck, sample.count <= Self.limit else { return }
        switch node {
        case .empty, .assertion, .opaque(minimumLength: 0): break
        case .byte(let set): visit(set)
        case .concatenation(let nodes):
            for node in nodes { visit(node) }
        case .alternation(let alternation):
            if let branch = alternation.branches.randomElement(using: &random) { visit(branch.node) }
        case .group(let node, let number):
            let start = sample.count
            visit(node)
            if let number, start <= sample.count { groups[number] = Array(sample[start...]) }
        case .repetition(let node, let minimum, let maximum, _):
            visit(node, minimum, maximum)
        case .look(let node, _, let isNegative):
            // What has to follow may well do so at the end of the pattern.
            if !isNegative, Bool.random(using: &random) { visit(node) }
        case .atomic(let node): visit(node)
        case .backreference(let number):
            sample += groups[number] ?? []
        case .opaque: isStuck = true
        }
    }

    private mutating func visit(_ set: ByteSet) {
        let members = set.bytes
        let printable = members.filter { (0x20...0x7E).contains($0) }
        // Mostly as people write, and every byte now and then.
        let isOrdinary = !printable.isEmpty && Int.random(in: 0..<8, using: &random) != 0
        guard let byte = (isOrdinary ? printable : members).randomElement(using: &random) else {
            isStuck = true
            return
        }
        sample.append(byte)
    }

    private mutating func visit(_ node: RegexNode, _ minimum: Int, _ maximum: Int?) {
        let most = min(maximum ?? minimum + 4, minimum + 4)
        let count = minimum + (most > minimum ? Int.random(in: 0...(most - minimum), using: &random) : 0)
        var round = 0
        while round < count, round < minimum || sample.count < Self.longest {
            let before = sample.count
            visit(node)
            guard !isStuck, sample.count <= Self.limit else { return }
            // A round that adds nothing would add nothing thousands of times.
            if sample.count == before, round >= 4 { return }
            round += 1
        }
    }
}
