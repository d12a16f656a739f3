// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Numbers for Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/).
package struct Metric: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case counter, gauge
    }

    package struct Sample: Sendable, Hashable {
        /// Only labels whose values are few: a rule, never a path, an address or a user.
        package var labels: [String: String]
        package var value: Double

        package init(_ value: Double, labels: [String: String] = [:]) {
            self.labels = labels
            self.value = value
        }
    }

    /// With its unit: `redoubt_events_received_total`.
    package var name: String
    package var kind: Kind
    package var help: String
    package var samples: [Sample]

    package init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    package init(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        self.init(name, kind, help, [Sample(Double(value))])
    }

    /// The most samples that one metric shows; what is more would be a label that it must not have.
    package static let maximumSamples = 2000

    var text: String {
        var text = "# HELP \(name) \(Self.escape(help))\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples.prefix(Self.maximumSamples) {
            let labels = sample.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(Self.escape($0.value))\"" }
            let value =
                sample.value == sample.value.rounded() && abs(sample.value) < 1e15
                ? String(Int64(sample.value)) : String(sample.value)
            text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels.joined(separator: ","))} \(value)\n"
        }
        return text
    }

    private static func escape(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
