// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// How the sets of values are collected: the common targets as flat entries that need no look at the targets themselves.
struct GatherPlan: Sendable {
    /// One target of a set.
    struct Item: BitwiseCopyable {
        enum Kind: UInt8 {
            /// The values of one or two lists: all, or those of one key.
            case lists
            /// Any other; collected the long way.
            case other
        }

        var kind: Kind
        var variable: Variable
        var list: UInt8 = 0
        /// A list to go on with, or ``none``.
        var nextList = Item.none
        /// The lower-cased key in ``GatherPlan/keys``; a length of -1 means all.
        var key: Int32 = 0
        var keyLength: Int32 = -1
        /// The target's index in its set.
        var target: Int32
        /// The set's exclusions that name the target's variable, a bit each; see ``ValuePlan/ValueSet/numbers``.
        var exclusions: UInt32 = 0

        static let none = UInt8.max
    }

    /// A set: a run of items.
    struct Set: BitwiseCopyable {
        var first: Int32
        var count: Int32
        /// Whether exclusions have to be looked for the long way.
        var hasOtherExclusions: Bool
    }

    private(set) var sets: [Set] = []
    private(set) var items: [Item] = []
    private(set) var keys: [UInt8] = []

    init(_ plan: ValuePlan) {
        for set in plan.sets {
            add(set)
        }
    }

    private mutating func add(_ set: ValuePlan.ValueSet) {
        let first = items.count
        // Of each exclusion it is known whether a value of a list falls under it, as long as there is a bit for it.
        var isLong = set.numbers.contains { $0 >= UInt32.bitWidth }
        for (index, target) in set.targets.enumerated()
        where !set.exclusions.contains(where: { Transaction.excludes($0, target) }) {
            let exclusions = zip(set.exclusions, set.numbers).filter { $0.0.variable == target.variable }
            var item = item(for: target, index: index)
            item.exclusions = isLong ? 0 : exclusions.reduce(0) { $0 | 1 << UInt32($1.1) }
            isLong = isLong || (item.kind == .other && !exclusions.isEmpty)
            items.append(item)
        }
        sets.append(Set(first: Int32(first), count: Int32(items.count - first), hasOtherExclusions: isLong))
    }

    private mutating func item(for target: Target, index: Int) -> Item {
        var item = Item(kind: .other, variable: target.variable, target: Int32(index))
        guard let lists = ValueList.lists(of: target.variable) else {
            return item
        }
        switch target.selector {
        case .all:
            break
        case .key(let key):
            item.key = Int32(keys.count)
            item.keyLength = Int32(key.count)
            keys += key
        case .regex, .xpath:
            return item
        }
        item.kind = .lists
        item.list = UInt8(lists.first.rawValue)
        item.nextList = lists.second.map { UInt8($0.rawValue) } ?? Item.none
        return item
    }
}

extension ValueList {
    /// The lists that a variable shows, one behind the other; nil where it shows something else.
    static func lists(of variable: Variable) -> (first: ValueList, second: ValueList?)? {
        switch variable {
        case .args: (.argsGet, .argsPost)
        case .argsNames: (.argsGetNames, .argsPostNames)
        case .argsGet: (.argsGet, nil)
        case .argsGetNames: (.argsGetNames, nil)
        case .argsPost: (.argsPost, nil)
        case .argsPostNames: (.argsPostNames, nil)
        case .requestHeaders: (.requestHeaders, nil)
        case .requestHeadersNames: (.requestHeadersNames, nil)
        case .requestCookies: (.requestCookies, nil)
        case .requestCookiesNames: (.requestCookiesNames, nil)
        case .responseHeaders: (.responseHeaders, nil)
        case .responseHeadersNames: (.responseHeadersNames, nil)
        case .files: (.files, nil)
        case .filesNames: (.filesNames, nil)
        case .filesSizes: (.filesSizes, nil)
        case .filesTmpNames: (.filesTmpNames, nil)
        case .filesTmpContent: (.filesTmpContent, nil)
        case .multipartFilename: (.multipartFilename, nil)
        case .multipartName: (.multipartName, nil)
        case .multipartPartHeaders: (.multipartPartHeaders, nil)
        default: nil
        }
    }
}
