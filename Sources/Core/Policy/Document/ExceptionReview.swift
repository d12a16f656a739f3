// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// What is to be said about an exception when its owner is asked whether it is still needed.
package struct ExceptionReview: Hashable, Sendable {
    package enum Finding: String, Sendable, Codable {
        /// It lets detections pass.
        case used
        /// It has ended and lets nothing pass.
        case expired
        /// It let nothing pass since it was made.
        case unused
        /// It is too young to say.
        case new
    }

    package var exception: PolicyException
    package var finding: Finding
    package var uses: Int
}

extension PolicyDocument {
    /// Reviews all exceptions, those that could go first.
    ///
    /// - Parameters:
    ///   - uses: how many detections each has let pass, as counted elsewhere.
    ///   - time: now, in nanoseconds since 1970.
    ///   - patience: how long an exception may be without use before it counts as unused, in nanoseconds; 30 days.
    package func reviewExceptions(
        uses: [Identifier: Int],
        at time: Int64,
        patience: Int64 = 30 * 86_400 * 1_000_000_000
    ) -> [ExceptionReview] {
        exceptions.values.map { exception in
            let count = uses[exception.id] ?? 0
            let age = time.subtractingReportingOverflow(exception.by.time).partialValue
            let finding: ExceptionReview.Finding =
                if (exception.expires ?? .max) <= time { .expired } else if count > 0 { .used } else {
                    age >= patience ? .unused : .new
                }
            return ExceptionReview(exception: exception, finding: finding, uses: count)
        }
        .sorted { ($0.finding.rank, $0.exception.id) < ($1.finding.rank, $1.exception.id) }
    }
}

extension ExceptionReview.Finding {
    fileprivate var rank: Int {
        switch self {
        case .expired: 0
        case .unused: 1
        case .new: 2
        case .used: 3
        }
    }
}
