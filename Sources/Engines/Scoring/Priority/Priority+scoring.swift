// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension Priority {
    /// The priority of a finding.
    package init(_ inputs: PriorityInputs) {
        let threat = Priority.threat(inputs)
        let scores = inputs.baseScores.filter { $0.value.tenths > 0 }
        // The mean of the band's middle and the scores, as a fraction: a sum of tenths of ten.
        let sum = inputs.severity.value.tenths + scores.reduce(0) { $0 + $1.value.tenths }
        let count = scores.count + 1
        let factors = [threat.factor, Priority.severity(inputs, scores, sum, count)] + Priority.others(inputs)
        // Millionths, tenths of ten times the count, and thousandths of each other factor.
        var numerator = Int128(threat.millionths) * Int128(sum) * 1000
        var denominator = Int128(1_000_000) * Int128(100 * count)
        for factor in factors.dropFirst(2) {
            numerator *= Int128(factor.thousandths)
            denominator *= 1000
        }
        let rounded = (2 * numerator + denominator) / (2 * denominator)
        self.init(score: Int(min(1000, max(0, rounded))), factors: factors)
    }

    /// How likely an attack is: certain where one was seen, else the most that anybody says.
    private static func threat(_ inputs: PriorityInputs) -> (millionths: Int, factor: Factor) {
        func result(_ millionths: Int, _ value: String, _ source: String) -> (Int, Factor) {
            (millionths, Factor(name: "threat", value: value, source: source, thousandths: millionths / 1000))
        }
        if let seen = inputs.observedAttack, seen.value { return result(1_000_000, "attacked here", seen.source) }
        if let known = inputs.knownExploited, known.value { return result(1_000_000, "known exploited", known.source) }
        if let stage = inputs.exploitation, stage.value == .active {
            return result(1_000_000, "actively exploited", stage.source)
        }
        var best = (20_000, "nothing known of attacks", "default")
        if let stage = inputs.exploitation, stage.value == .proofOfConcept {
            best = (300_000, "proof of concept published", stage.source)
        }
        if let epss = inputs.epss, epss.value > best.0 {
            let percent = min(epss.value, 1_000_000)
            best = (percent, "EPSS \(percent / 10_000).\(percent / 1000 % 10) %", epss.source)
        }
        return result(best.0, best.1, best.2)
    }

    private static func severity(
        _ inputs: PriorityInputs,
        _ scores: [Sourced<CVSSScore>],
        _ sum: Int,
        _ count: Int
    ) -> Factor {
        let values = [inputs.severity.value.rawValue] + scores.map { "CVSS \($0.value)" }
        let sources = [inputs.severity.source] + scores.map(\.source)
        return Factor(
            name: "severity",
            value: values.joined(separator: ", "),
            source: sources.joined(separator: ", "),
            thousandths: sum * 10 / count
        )
    }

    private static func others(_ inputs: PriorityInputs) -> [Factor] {
        var factors = [
            factor("asset", inputs.criticality, "criticality unknown") { value in
                switch value {
                case .low: (600, "low criticality")
                case .medium: (1000, "medium criticality")
                case .high: (1300, "high criticality")
                }
            },
            factor("exposure", inputs.exposure, "exposure unknown") { value in
                switch value {
                case .small: (800, "small exposure")
                case .controlled: (1000, "controlled exposure")
                case .open: (1300, "open to everybody")
                }
            },
            factor("reachability", inputs.reachability, "reachability unknown") { value in
                switch value {
                case .unreachable: (500, "not reachable")
                case .unknown: (1000, "reachability unknown")
                case .potential: (1000, "perhaps reachable")
                case .statically: (1100, "reachable in the code")
                case .atRuntime: (1250, "seen running")
                }
            },
        ]
        if let known = inputs.knownExploited, known.value {
            factors.append(Factor(name: "catalog", value: "in KEV", source: known.source, thousandths: 1050))
        }
        if let ransomware = inputs.ransomware, ransomware.value {
            factors.append(
                Factor(name: "ransomware", value: "used by ransomware", source: ransomware.source, thousandths: 1100)
            )
        }
        return factors
    }

    private static func factor<Value>(
        _ name: String,
        _ value: Sourced<Value>?,
        _ unknown: String,
        _ weight: (Value) -> (Int, String)
    ) -> Factor {
        guard let value else { return Factor(name: name, value: unknown, source: "default", thousandths: 1000) }
        let (thousandths, text) = weight(value.value)
        return Factor(name: name, value: text, source: value.source, thousandths: thousandths)
    }
}
