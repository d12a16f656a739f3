// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Where secrets come from: the system's generator, or in tests one that repeats itself.
package struct RandomBytes: Sendable {
    private let make: @Sendable (Int) -> [UInt8]

    package init(_ make: @escaping @Sendable (Int) -> [UInt8]) {
        self.make = make
    }

    /// The generator of the operating system, which is made for secrets.
    package static let system = RandomBytes { count in
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    func callAsFunction(_ count: Int) -> [UInt8] { make(count) }

    /// A number of 64 random bits.
    func word() -> UInt64 {
        make(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
