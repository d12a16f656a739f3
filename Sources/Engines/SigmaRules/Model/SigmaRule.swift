// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The product, category and service that a rule or an event is of (Sigma 2.1, "LogSource").
package struct LogSource: Hashable, Sendable, CustomStringConvertible {
    package var product: String?
    package var category: String?
    package var service: String?

    package init(product: String? = nil, category: String? = nil, service: String? = nil) {
        self.product = product?.lowercased()
        self.category = category?.lowercased()
        self.service = service?.lowercased()
    }

    /// Reads `product=linux,category=process_creation`.
    package init(parsing text: String) throws(LogSourceError) {
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingBlanks().lowercased() }
            guard pair.count == 2, !pair[1].isEmpty else {
                throw LogSourceError(message: "expected product=..., category=... or service=..., found \"\(part)\"")
            }
            switch pair[0] {
            case "product": product = pair[1]
            case "category": category = pair[1]
            case "service": service = pair[1]
            default: throw LogSourceError(message: "a log source has product, category and service, not \"\(pair[0])\"")
            }
        }
    }

    /// Whether a rule for this log source is about events of another one: all that it names is the same there.
    package func covers(_ event: LogSource) -> Bool {
        (product == nil || product == event.product) && (category == nil || category == event.category)
            && (service == nil || service == event.service)
    }

    package var isEmpty: Bool { product == nil && category == nil && service == nil }

    package var description: String {
        let parts = [("product", product), ("category", category), ("service", service)]
        return parts.compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: ",")
    }
}

/// Why a log source cannot be read.
package struct LogSourceError: Error, Sendable, CustomStringConvertible {
    package var message: String
    package var description: String { message }
}

extension Substring {
    fileprivate func trimmingBlanks() -> Substring {
        var text = self.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// How much a match matters (Sigma 2.1, "Level").
package enum SigmaLevel: String, Sendable, Hashable, CaseIterable {
    case informational, low, medium, high, critical
}

/// What a rule says about itself. Its author, id and licence stay with every match: the Detection Rule License asks for
/// it.
package struct SigmaRule: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case detection
        case eventCount = "event_count"
        case valueCount = "value_count"
        case valueSum = "value_sum"
        case valueAverage = "value_avg"
        case valuePercentile = "value_percentile"
        case temporal
        case temporalOrdered = "temporal_ordered"
        /// Ours: stages in order, with events that end or must not come.
        case sequence
        /// Ours: a combination of values that was not seen for some time.
        case newTerms = "new_terms"
    }

    package var kind: Kind
    package var title: String
    package var id: String?
    package var name: String?
    package var status: String?
    package var level: SigmaLevel?
    package var details: String?
    package var author: String?
    package var license: String?
    package var date: String?
    package var modified: String?
    package var taxonomy: String?
    package var references: [String] = []
    package var falsePositives: [String] = []
    /// As they are written, such as `attack.t1059.004`.
    package var tags: [String] = []
    /// What an analyst wants to see of the event.
    package var fields: [String] = []
    package var logSource = LogSource()
    /// Where it stands.
    package var file: String
    package var line: Int
    /// Whether a match is told. A rule that only serves correlations is not, unless one of them says `generate: true`.
    package var isReported = true

    /// The techniques of ATT&CK that its tags name, such as `T1059.004`.
    package var techniques: [String] {
        tags.compactMap { tag in
            let name = tag.lowercased()
            guard name.hasPrefix("attack.t"), name.dropFirst(8).first?.isNumber == true else { return nil }
            return String(name.dropFirst(7)).uppercased()
        }
    }
}
