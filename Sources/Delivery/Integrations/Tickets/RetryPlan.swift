// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// Whether and when a request is sent again.
struct RetryPlan: Sendable {
    /// What became of a request.
    enum Outcome: Sendable, Equatable {
        /// Nothing was sent.
        case unconnected
        /// It may have arrived.
        case broken
        case answered(status: Int, wait: Int?)
    }

    var attempts: Int
    var backoff = Backoff(first: .seconds(1), longest: .seconds(30))
    /// More is not waited for: whoever asked is told when to come back.
    var longestWait: Duration = .seconds(120)

    /// How long to wait before the next attempt; nil where there is none.
    ///
    /// What makes something is sent again only where it has not been taken: nobody wants two tickets.
    ///
    /// - Parameters:
    ///   - attempt: how often it was sent, from 1.
    ///   - chance: from 0 to 1, so that many who failed together do not come back together.
    func pause(after outcome: Outcome, isRepeatable: Bool, attempt: Int, chance: Double) -> Duration? {
        guard attempt < attempts else { return nil }
        let usual = backoff.delay(after: attempt, chance: chance)
        switch outcome {
        case .unconnected: return usual
        case .broken: return isRepeatable ? usual : nil
        case .answered(let status, let wait):
            let isLimited = Self.isLimit(status, wait: wait)
            guard isLimited || isRepeatable && Self.mayPass(status) else { return nil }
            guard let wait else { return usual }
            let told = Duration.seconds(wait)
            return told > longestWait ? nil : max(told, usual)
        }
    }

    private static func mayPass(_ status: Int) -> Bool {
        status == 408 || [500, 502, 503, 504].contains(status)
    }

    /// Whether the request was not looked at because there were too many. A 403 is one where it says when to come back, as
    /// GitHub's does.
    static func isLimit(_ status: Int, wait: Int?) -> Bool {
        status == 429 || (status == 403 || status == 503) && wait != nil
    }

    /// After how many seconds the receiver wants to be asked again; nil where it does not say so.
    ///
    /// Read are `Retry-After` in both of its forms (RFC 9110, section 10.2.3), and the headers by which GitHub
    /// (`x-ratelimit-*`) and GitLab (`ratelimit-*`) tell when a spent limit begins anew.
    ///
    /// - Parameters:
    ///   - header: the value of a header by its name in lower case.
    ///   - now: seconds since 1970.
    static func wait(now: Int, header: (String) -> String?) -> Int? {
        if let text = header("retry-after") {
            if let seconds = Int(text) { return max(0, min(seconds, 86_400)) }
            if let date = seconds(date: text) { return max(0, min(date - now, 86_400)) }
        }
        for name in ["x-ratelimit", "ratelimit"] {
            guard header("\(name)-remaining") == "0", let reset = header("\(name)-reset").flatMap({ Int($0) }),
                (0...253_402_300_799).contains(reset)
            else {
                continue
            }
            return max(0, min(reset - now, 86_400))
        }
        return nil
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, the form in which dates are sent (RFC 9110, section 5.6.7).
    private static func seconds(date: String) -> Int? {
        let words = date.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let clock = words[4].split(separator: ":").compactMap { Int32($0) }
        guard clock.count == 3, let day = Int32(words[1]), let year = Int32(words[3]), (1970...9999).contains(year)
        else {
            return nil
        }
        var parts = tm()
        parts.tm_year = year - 1900
        parts.tm_mon = Int32(month)
        parts.tm_mday = day
        parts.tm_hour = clock[0]
        parts.tm_min = clock[1]
        parts.tm_sec = clock[2]
        return timegm(&parts)
    }
}
