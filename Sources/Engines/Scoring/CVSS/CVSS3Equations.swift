// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The equations of versions 3.0 (section 8) and 3.1 (section 7), on whole numbers.
///
/// Sums are multiples of 10^-15. Weights have two decimals, so all of that is exact but the fifteenth (in the
/// modified impact of 3.1 thirteenth) power where the scope changes: that is computed with 60 binary digits behind
/// the point. No vector lies within 10^-9 of a place where the rounding up changes, a million times as far as that
/// power can be off; a test goes through all of them.
enum CVSS3Equations {
    /// 1.0 in the unit of sums.
    static let one = 1_000_000_000_000_000

    static func scores(of vector: CVSSVector) -> CVSSScores {
        let metrics = CVSSMetrics.of(vector.version)
        let base = roundUp(Sub(base: vector).score(isModified: false), vector.version)
        var scores = CVSSScores(base: CVSSScore(tenths: base))
        if vector.isAnySet(metrics.threatRange) {
            scores.threat = CVSSScore(tenths: temporal(base, of: vector))
        }
        if vector.isAnySet(metrics.environmentalRange) {
            let modified = roundUp(Sub(modified: vector).score(isModified: true), vector.version)
            scores.environmental = CVSSScore(tenths: temporal(modified, of: vector))
        }
        return scores
    }

    /// The sums that the base and the environmental score are rounded up from, and whether each is exact.
    static func sums(of vector: CVSSVector) -> [(sum: Int, isExact: Bool)] {
        [(Sub(base: vector), false), (Sub(modified: vector), true)].map { part, isModified in
            let sum = part.score(isModified: isModified)
            return (sum, !part.isScopeChanged || sum == 0 || sum == 10 * one)
        }
    }

    private static func temporal(_ tenths: Int, of vector: CVSSVector) -> Int {
        let weight =
            maturities(vector.optional(8)) * remediationLevels(vector.optional(9))
            * reportConfidences(vector.optional(10))
        return roundUp(tenths * weight * 100_000_000, vector.version)
    }

    /// Rounds a sum up to tenths.
    ///
    /// Version 3.0 takes the smallest tenth that is not less. Version 3.1 (appendix A) rounds to five decimals
    /// before, so that what is over by less is not rounded up.
    static func roundUp(_ sum: Int, _ version: CVSSVersion) -> Int {
        guard version == .v31 else { return (sum + one / 10 - 1) / (one / 10) }
        let fifth = (sum + one / 200_000) / (one / 100_000)
        return (fifth + 9999) / 10_000
    }

    // Weights in hundredths, by the index of the value; the first value of an optional metric is "not defined".

    private static func maturities(_ value: Int) -> Int {
        value == 1 ? 91 : value == 2 ? 94 : value == 3 ? 97 : 100
    }
    private static func remediationLevels(_ value: Int) -> Int {
        value == 1 ? 95 : value == 2 ? 96 : value == 3 ? 97 : 100
    }
    private static func reportConfidences(_ value: Int) -> Int { value == 1 ? 92 : value == 2 ? 96 : 100 }

    /// What the sum of impact and exploitability is made of: the values of the base metrics or, modified, of those
    /// that stand in their place.
    struct Sub {
        var version: CVSSVersion
        var attackVector: Int
        var attackComplexity: Int
        var privileges: Int
        var interaction: Int
        var isScopeChanged: Bool
        /// What remains of the impact, as a multiple of 10^-9.
        var impactBase: Int

        init(base vector: CVSSVector) {
            version = vector.version
            attackVector = vector.base(0)
            attackComplexity = vector.base(1)
            privileges = vector.base(2)
            interaction = vector.base(3)
            isScopeChanged = vector.base(4) == 1
            var rest = 1
            for index in 5..<8 {
                rest *= 1000 - 10 * Sub.impacts(vector.base(index))
            }
            impactBase = 1_000_000_000 - rest
        }

        init(modified vector: CVSSVector) {
            func value(_ metric: Int) -> Int {
                let modified = vector.optional(metric + 14)
                return modified > 0 ? modified - 1 : vector.base(metric)
            }
            version = vector.version
            attackVector = value(0)
            attackComplexity = value(1)
            privileges = value(2)
            interaction = value(3)
            isScopeChanged = value(4) == 1
            var rest = 1
            for index in 0..<3 {
                rest *= 1000 - Sub.requirements(vector.optional(11 + index)) * Sub.impacts(value(5 + index))
            }
            impactBase = min(1_000_000_000 - rest, 915_000_000)
        }

        /// The score before it is rounded.
        func score(isModified: Bool) -> Int {
            let impact = impact(isModified: isModified)
            guard impact > 0 else { return 0 }
            let sum = impact + exploitability
            return min(isScopeChanged ? 108 * sum / 100 : sum, 10 * one)
        }

        private var exploitability: Int {
            let product = 822 * Sub.attackVectors(attackVector) * (attackComplexity == 0 ? 77 : 44)
            return product * privilegesWeight * (interaction == 0 ? 85 : 62) * 100_000
        }

        private var privilegesWeight: Int {
            switch privileges {
            case 0: 85
            case 1: isScopeChanged ? 68 : 62
            default: isScopeChanged ? 50 : 27
            }
        }

        private func impact(isModified: Bool) -> Int {
            guard impactBase > 0 else { return 0 }
            guard isScopeChanged else { return 642 * impactBase * 10_000 }
            let linear = 752 * (impactBase - 29_000_000) * 10_000
            if isModified, version == .v31 {
                return linear - Sub.reduction(impactBase * 9731 - 200_000_000_000, power: 13)
            }
            return linear - Sub.reduction((impactBase - 20_000_000) * 10_000, power: 15)
        }

        /// 3.25 times a power of a positive number below 1 that is given as a multiple of 10^-13.
        private static func reduction(_ number: Int, power: Int) -> Int {
            let wide = UInt64(number).multipliedFullWidth(by: 1 << 60)
            var square = UInt64(10_000_000_000_000).dividingFullWidth(wide).quotient
            var result: UInt64 = 1 << 60
            var rest = power
            while rest > 0 {
                if rest & 1 == 1 { result = times(result, square) }
                square = times(square, square)
                rest >>= 1
            }
            return Int(times(result, 3_250_000_000_000_000))
        }

        /// The product of two numbers of which one has 60 binary digits behind the point.
        private static func times(_ left: UInt64, _ right: UInt64) -> UInt64 {
            let product = left.multipliedFullWidth(by: right)
            return product.high << 4 | product.low >> 60
        }

        private static func attackVectors(_ value: Int) -> Int {
            value == 0 ? 85 : value == 1 ? 62 : value == 2 ? 55 : 20
        }
        private static func impacts(_ value: Int) -> Int { value == 0 ? 56 : value == 1 ? 22 : 0 }
        /// In tenths.
        private static func requirements(_ value: Int) -> Int { value == 1 ? 5 : value == 3 ? 15 : 10 }
    }
}
