// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Console
internal import Policy
internal import Synchronization

extension Sample {
    /// Outputs of which one works, one loses events and one does not run; and messages that were given up.
    package static func outputs() -> OutputAccess {
        let letters = Mutex(
            (1...3).reversed().map { number in
                UndeliveredMessage(
                    number: Int64(number),
                    id: "0190163d-8694-739b-aea5-966c26f8ad9\(number)",
                    output: "chat",
                    topic: "detections",
                    made: 1_795_306_451_000_000_000,
                    ended: 1_795_306_551_000_000_000,
                    attempts: 10,
                    status: number == 1 ? nil : 500,
                    error: number == 3 ? "<script>alert(1)</script>" : "answered 500",
                    bytes: 900
                )
            }
        )
        let remove: @Sendable (UndeliveredChoice) -> Int = { choice in
            letters.withLock { letters in
                let before = letters.count
                switch choice {
                case .one(let id): letters.removeAll { $0.id == id }
                case .output(let name): letters.removeAll { $0.output == name }
                case .all: letters = []
                }
                return before - letters.count
            }
        }
        return OutputAccess(
            list: { states },
            deadLetters: { output, place, limit in
                let all = letters.withLock { $0 }
                return Array(
                    all.filter { (output == nil || $0.output == output) && $0.number < place ?? .max }.prefix(limit)
                )
            },
            retry: { choice, _ in remove(choice) },
            drop: { choice, _ in remove(choice) },
            test: { name in
                guard name == "siem" else { throw OutputFailure(.notFound, "there is no output \"\(name)\"") }
                return "taken"
            }
        )
    }

    private static let states = [
        OutputState(
            name: "siem",
            kind: "syslog",
            target: "tls://siem.example:6514",
            topics: ["detections", "changes"],
            sent: 1204,
            failures: 0,
            waiting: 0,
            dead: 0,
            lost: [:],
            failure: nil,
            isRunning: true
        ),
        OutputState(
            name: "file",
            kind: "file",
            target: "/var/log/redoubt/events.ndjson",
            topics: ["detections"],
            sent: 90_000,
            failures: 2,
            waiting: 0,
            dead: 0,
            lost: ["disk_full": 12],
            failure: nil,
            isRunning: true
        ),
        OutputState(
            name: "chat",
            kind: "webhook",
            target: "https://hooks.example/\u{2026}",
            topics: ["detections"],
            sent: 0,
            failures: 30,
            waiting: 2,
            dead: 3,
            lost: [:],
            failure: "<img src=x onerror=alert(1)>",
            isRunning: false
        ),
    ]

    /// Usage that is counted in memory.
    package static func usage() -> UsageAccess {
        let enabled = Mutex(false)
        return UsageAccess(
            report: { days in
                UsageView(
                    isEnabled: enabled.withLock { $0 },
                    installation: "00112233445566778899aabbccddeeff",
                    since: 1_795_306_451_000_000_000,
                    sent: nil,
                    failure: nil,
                    target: nil,
                    days: days,
                    until: "2026-11-22",
                    counters: [
                        .init(capability: "web_firewall", name: "requests", title: "requests seen", count: 100 * days),
                        .init(capability: "policy", name: "exceptions", title: "exceptions added", count: 3),
                    ]
                )
            },
            preview: { Array(#"{"schema":1,"counters":{"web_firewall":{"requests":1024}}}"#.utf8) },
            enable: { isEnabled, _ in enabled.withLock { $0 = isEnabled } },
            reset: { _ in enabled.withLock { $0 = false } }
        )
    }
}
