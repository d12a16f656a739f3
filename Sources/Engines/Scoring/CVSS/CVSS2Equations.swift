// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The equations of version 2.0 (section 3.2 of its guide), on whole numbers.
///
/// Every weight has at most three decimals, so all products are exact as multiples of a power of ten; only the
/// specified rounding to one decimal, half up, remains.
enum CVSS2Equations {
    static func scores(of vector: CVSSVector) -> CVSSScores {
        let metrics = CVSSMetrics.of(.v2)
        let base = baseTenths(of: vector, isAdjusted: false)
        var scores = CVSSScores(base: CVSSScore(tenths: base))
        if vector.isAnySet(metrics.threatRange) {
            scores.threat = CVSSScore(tenths: temporalTenths(base, of: vector))
        }
        if vector.isAnySet(metrics.environmentalRange) {
            scores.environmental = CVSSScore(tenths: environmentalTenths(of: vector))
        }
        return scores
    }

    private static func baseTenths(of vector: CVSSVector, isAdjusted: Bool) -> Int {
        // The complement of the impact as a multiple of 10^-15: each factor has five decimals.
        var rest: Int128 = 1
        for index in 0..<3 {
            let requirement = isAdjusted ? requirements(vector.optional(11 + index)) : 100
            rest *= Int128(100_000 - impacts(vector.base(3 + index)) * requirement)
        }
        // 10^-17; the adjusted impact is at most 10, the unadjusted may be 10.0008.
        let whole = 1041 * (1_000_000_000_000_000 - rest)
        let impact = isAdjusted ? min(whole, 1_000_000_000_000_000_000) : whole
        guard impact > 0 else { return 0 }
        let access = accessVectors(vector.base(0)) * accessComplexities(vector.base(1))
        // 20 * 0.4 = 8, as a multiple of 10^-8, brought to 10^-18.
        let exploitability = Int128(8 * access * authentications(vector.base(2))) * 10_000_000_000
        let sum = 6 * impact + exploitability - 1_500_000_000_000_000_000
        // 10^-21 to tenths. A low requirement can bring the sum, and what is made of it, a little below zero.
        return rounded(sum * 1176, unit: 100_000_000_000_000_000_000)
    }

    private static func temporalTenths(_ base: Int, of vector: CVSSVector) -> Int {
        let weight =
            exploitabilities(vector.optional(6)) * remediationLevels(vector.optional(7))
            * reportConfidences(vector.optional(8))
        return rounded(Int128(base * weight), unit: 1_000_000)
    }

    private static func environmentalTenths(of vector: CVSSVector) -> Int {
        let temporal = temporalTenths(baseTenths(of: vector, isAdjusted: true), of: vector)
        let damaged = temporal * 10 + (100 - temporal) * damagePotentials(vector.optional(9))
        return rounded(Int128(damaged * targetDistributions(vector.optional(10))), unit: 1000)
    }

    /// The nearest number of units; halves away from zero.
    private static func rounded(_ number: Int128, unit: Int128) -> Int {
        Int((number.magnitude + unit.magnitude / 2) / unit.magnitude) * (number < 0 ? -1 : 1)
    }

    // Weights, by the index of the value. Thousandths:

    private static func accessVectors(_ value: Int) -> Int { value == 0 ? 395 : value == 1 ? 646 : 1000 }
    private static func authentications(_ value: Int) -> Int { value == 0 ? 450 : value == 1 ? 560 : 704 }
    private static func impacts(_ value: Int) -> Int { value == 0 ? 0 : value == 1 ? 275 : 660 }

    // Hundredths:

    private static func accessComplexities(_ value: Int) -> Int { value == 0 ? 35 : value == 1 ? 61 : 71 }
    private static func requirements(_ value: Int) -> Int { value == 1 ? 50 : value == 3 ? 151 : 100 }
    private static func exploitabilities(_ value: Int) -> Int {
        value == 1 ? 85 : value == 2 ? 90 : value == 3 ? 95 : 100
    }
    private static func remediationLevels(_ value: Int) -> Int {
        value == 1 ? 87 : value == 2 ? 90 : value == 3 ? 95 : 100
    }
    private static func reportConfidences(_ value: Int) -> Int { value == 1 ? 90 : value == 2 ? 95 : 100 }
    private static func targetDistributions(_ value: Int) -> Int {
        value == 1 ? 0 : value == 2 ? 25 : value == 3 ? 75 : 100
    }

    // Tenths:

    private static func damagePotentials(_ value: Int) -> Int {
        switch value {
        case 2: 1
        case 3: 3
        case 4: 4
        case 5: 5
        default: 0
        }
    }
}
