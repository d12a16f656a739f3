// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Scoring of version 4.0 (section 8 of its specification) with exact fractions.
///
/// A vector belongs to a macrovector of six equivalence classes, which has a score. From that score the mean of what
/// the vector is less severe than the worst vectors of each class is taken away. Everything is a multiple of 1/4200 of
/// a tenth: distances are divided by depths up to 10 and the sum by up to five, so rounding half up is exact.
enum CVSS4Equations {
    static func scores(of vector: CVSSVector) -> CVSSScores {
        let metrics = CVSSMetrics.of(.v4)
        var scores = CVSSScores(base: score(Levels(vector, isThreatUsed: false, isEnvironmentUsed: false)))
        if vector.isAnySet(metrics.threatRange) {
            scores.threat = score(Levels(vector, isThreatUsed: true, isEnvironmentUsed: false))
        }
        if vector.isAnySet(metrics.environmentalRange) {
            scores.environmental = score(Levels(vector, isThreatUsed: true, isEnvironmentUsed: true))
        }
        return scores
    }

    /// The number of steps of each metric that decides the score from its most severe value.
    private struct Levels {
        var attackVector: Int
        var attackComplexity: Int
        var attackRequirements: Int
        var privileges: Int
        var interaction: Int
        /// Confidentiality, integrity and availability of the vulnerable system, of those that follow (0 for
        /// safety, which only their integrity and availability have), and how much each is required.
        var vulnerable: (Int, Int, Int)
        var subsequent: (Int, Int, Int)
        var requirements: (Int, Int, Int)
        var exploit: Int

        init(_ vector: CVSSVector, isThreatUsed: Bool, isEnvironmentUsed: Bool) {
            func value(_ metric: Int) -> Int {
                let modified = isEnvironmentUsed ? vector.optional(metric + 15) : 0
                return modified > 0 ? modified - 1 : vector.base(metric)
            }
            // A modified subsequent impact starts with "safety", where it has that.
            func subsequent(_ metric: Int, hasSafety: Bool) -> Int {
                let modified = isEnvironmentUsed ? vector.optional(metric + 15) : 0
                guard modified > 0 else { return vector.base(metric) + 1 }
                return hasSafety ? modified - 1 : modified
            }
            func requirement(_ metric: Int) -> Int {
                isEnvironmentUsed ? max(vector.optional(metric) - 1, 0) : 0
            }
            attackVector = value(0)
            attackComplexity = value(1)
            attackRequirements = value(2)
            privileges = value(3)
            interaction = value(4)
            vulnerable = (value(5), value(6), value(7))
            self.subsequent = (
                subsequent(8, hasSafety: false), subsequent(9, hasSafety: true), subsequent(10, hasSafety: true)
            )
            requirements = (requirement(12), requirement(13), requirement(14))
            exploit = isThreatUsed ? max(vector.optional(11) - 1, 0) : 0
        }

        var hasNoImpact: Bool { vulnerable == (2, 2, 2) && subsequent == (3, 3, 3) }

        // The equivalence classes: tables 24 to 29.

        var first: Int {
            let none = (attackVector == 0 ? 1 : 0) + (privileges == 0 ? 1 : 0) + (interaction == 0 ? 1 : 0)
            if none == 3 { return 0 }
            return none > 0 && attackVector != 3 ? 1 : 2
        }
        var second: Int { attackComplexity == 0 && attackRequirements == 0 ? 0 : 1 }
        var third: Int {
            if vulnerable.0 == 0, vulnerable.1 == 0 { return 0 }
            return vulnerable.0 == 0 || vulnerable.1 == 0 || vulnerable.2 == 0 ? 1 : 2
        }
        var fourth: Int {
            if subsequent.1 == 0 || subsequent.2 == 0 { return 0 }
            return subsequent.0 == 1 || subsequent.1 == 1 || subsequent.2 == 1 ? 1 : 2
        }
        var fifth: Int { exploit }
        var sixth: Int {
            (vulnerable.0 == 0 && requirements.0 == 0) || (vulnerable.1 == 0 && requirements.1 == 0)
                || (vulnerable.2 == 0 && requirements.2 == 0) ? 0 : 1
        }
    }

    private static func score(_ levels: Levels) -> CVSSScore {
        guard !levels.hasNoImpact else { return CVSSScore(tenths: 0) }
        let (first, second, third) = (levels.first, levels.second, levels.third)
        let (fourth, fifth, sixth) = (levels.fourth, levels.fifth, levels.sixth)
        guard let score = CVSS4MacroVectors.tenths(first, second, third, fourth, fifth, sixth) else {
            // Class 6 is 0 only where an impact is high, and then class 3 is not 2: every vector has a macrovector.
            return CVSSScore(tenths: 0)
        }
        var mean = Mean(score: score)
        mean.add(
            lower: CVSS4MacroVectors.tenths(first + 1, second, third, fourth, fifth, sixth),
            distance: firstDistance(levels, first),
            depth: first == 0 ? 1 : first == 1 ? 4 : 5
        )
        mean.add(
            lower: CVSS4MacroVectors.tenths(first, second + 1, third, fourth, fifth, sixth),
            distance: second == 0 ? 0 : levels.attackComplexity + levels.attackRequirements - 1,
            depth: second == 0 ? 1 : 2
        )
        mean.add(
            lower: lowerOfThirdAndSixth(first, second, third, fourth, fifth, sixth),
            distance: thirdDistance(levels, third, sixth),
            depth: third == 0 ? (sixth == 0 ? 7 : 6) : third == 1 ? 8 : 10
        )
        let impact = levels.subsequent.0 + levels.subsequent.1 + levels.subsequent.2
        mean.add(
            lower: CVSS4MacroVectors.tenths(first, second, third, fourth + 1, fifth, sixth),
            distance: impact - (fourth == 0 ? 1 : fourth == 1 ? 3 : 6),
            depth: fourth == 0 ? 6 : fourth == 1 ? 5 : 4
        )
        // Class 5 has one vector in each level, so nothing is less severe than its worst.
        mean.add(
            lower: CVSS4MacroVectors.tenths(first, second, third, fourth, fifth + 1, sixth),
            distance: 0,
            depth: 1
        )
        return CVSSScore(tenths: mean.tenths)
    }

    /// The mean of the distances, in fractions of the way to the next lower macrovector.
    private struct Mean {
        let score: Int
        private var sum = 0
        private var count = 0

        init(score: Int) {
            self.score = score
        }

        /// Adds a class, unless it has no lower macrovector. All depths divide 840.
        mutating func add(lower: Int?, distance: Int, depth: Int) {
            guard let lower else { return }
            sum += (score - lower) * distance * (840 / depth)
            count += 1
        }

        /// The score less the mean, rounded half up.
        var tenths: Int {
            guard count > 0 else { return score }
            let unit = 840 * count
            return max(0, (2 * (score * unit - sum) + unit) / (2 * unit))
        }
    }

    /// Classes 3 and 6 depend on each other and have one next lower macrovector, or the higher of two.
    private static func lowerOfThirdAndSixth(
        _ first: Int,
        _ second: Int,
        _ third: Int,
        _ fourth: Int,
        _ fifth: Int,
        _ sixth: Int
    ) -> Int? {
        let byThird = CVSS4MacroVectors.tenths(first, second, third + 1, fourth, fifth, sixth)
        let bySixth = CVSS4MacroVectors.tenths(first, second, third, fourth, fifth, sixth + 1)
        switch (third, sixth) {
        case (0, 0): return max(byThird ?? 0, bySixth ?? 0)
        case (1, 0): return bySixth
        default: return byThird
        }
    }

    // The distance from a level's worst vectors (tables of the highest severity vectors). A level may have several,
    // but all of them have the same number of steps, and each vector of the level is no more severe than one of them:
    // so the distance is the sum of the vector's own steps less that number.

    private static func firstDistance(_ levels: Levels, _ level: Int) -> Int {
        levels.attackVector + levels.privileges + levels.interaction - (level == 2 ? 3 : level)
    }

    private static func thirdDistance(_ levels: Levels, _ third: Int, _ sixth: Int) -> Int {
        let (vulnerable, required) = (levels.vulnerable, levels.requirements)
        let sum = vulnerable.0 + vulnerable.1 + vulnerable.2 + required.0 + required.1 + required.2
        return sum - (sixth == 1 ? 3 : third)
    }
}
