// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// Tells which of the transactions that rules would end look like people at work.
///
/// As in a rehearsal: attackers are few and mostly fail, and of many clients that were answered with success most are people
/// at work. Here each rule and each part of the request is counted apart, and a transaction looks no better than the worst
/// thing about it: an attack on a route where rules complain about everybody gives itself away by what they find in it alone,
/// or by what else its client has sent.
struct BenignJudge {
    private struct Place: Hashable {
        var application: String?
        var route: String
        var match: KeptTransaction.Match
    }

    private struct Group {
        var clients: Set<String> = []
        var count = 0
        var answered = 0
    }

    private var groups: [Place: Group] = [:]
    /// Clients that sent something that few others did; no more are kept apart than there are transactions.
    private var attackers: Set<String> = []

    /// From here on a transaction is taken for a person's.
    static let threshold = 0.66
    /// What no more clients than these have sent may be an attack; what fails for everybody is none.
    private static let fewClients = 2
    /// As good as any number.
    private static let manyClients = 8

    /// - Parameter ended: all that rules would end.
    init(_ ended: [KeptTransaction]) {
        for kept in ended { add(kept) }
        for kept in ended where isRare(kept) { attackers.insert(kept.connection.clientAddress) }
    }

    private mutating func add(_ kept: KeptTransaction) {
        for place in Self.places(of: kept) {
            var group = groups[place] ?? Group()
            group.count += 1
            if kept.isAnswered { group.answered += 1 }
            if group.clients.count < Self.manyClients { group.clients.insert(kept.connection.clientAddress) }
            groups[place] = group
        }
    }

    private static func places(of kept: KeptTransaction) -> [Place] {
        let route = kept.route
        return Set(kept.matches.filter(\.isOfRequest)).map {
            Place(application: kept.application, route: route, match: $0)
        }
    }

    /// From 0, an attack, to 1, somebody at work.
    func likeness(_ kept: KeptTransaction) -> Double {
        attackers.contains(kept.connection.clientAddress) ? 0 : ownLikeness(kept)
    }

    /// Whether rules found something in it that hardly anybody else has sent.
    private func isRare(_ kept: KeptTransaction) -> Bool {
        Self.places(of: kept).contains { (groups[$0]?.clients.count ?? 0) <= Self.fewClients }
    }

    /// By the transaction alone.
    private func ownLikeness(_ kept: KeptTransaction) -> Double {
        guard kept.isAnswered else { return 0 }
        return Self.places(of: kept).map { likeness($0) }.min() ?? 0
    }

    private func likeness(_ place: Place) -> Double {
        guard let group = groups[place], group.count > 0 else { return 0 }
        let success = Double(group.answered) / Double(group.count)
        return success * min(1, Double(group.clients.count - 1) / Double(Self.manyClients - 1))
    }
}

extension KeptTransaction.Match {
    /// Whether it is about the request. What only adds up what others found is not: it looks at a score.
    var isOfRequest: Bool { rule > 0 && !target.isEmpty && !Self.isScore(target) }

    /// The Core Rule Set's scores are `TX:ANOMALY_SCORE`, `TX:BLOCKING_INBOUND_ANOMALY_SCORE` and their like. Other
    /// variables of TX hold parts of the request, such as `TX:content_type`.
    static func isScore(_ target: String) -> Bool {
        target.hasPrefix("TX:") && target.lowercased().contains("score")
    }
}
