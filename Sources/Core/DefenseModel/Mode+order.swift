// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension Mode: Comparable {
    /// From `off` over `observe` to `enforce`.
    public static func < (left: Mode, right: Mode) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .off: 0
        case .observe: 1
        case .enforce: 2
        }
    }
}
