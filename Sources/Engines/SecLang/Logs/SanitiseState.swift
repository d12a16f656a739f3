// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// What must not show in the logs of a transaction.
///
/// Passwords, tokens, cookies and credentials are masked without being asked for; `sanitise…` actions add to that.
struct SanitiseState {
    /// Lower-cased names.
    private(set) var arguments: Set<[UInt8]> = []
    private(set) var requestHeaders: Set<[UInt8]> = [
        Array("authorization".utf8), Array("proxy-authorization".utf8), Array("cookie".utf8),
    ]
    private(set) var responseHeaders: Set<[UInt8]> = [Array("set-cookie".utf8)]
    /// Parts of argument values, by lower-cased name, as offsets in the decoded value.
    private(set) var argumentParts: [[UInt8]: [Range<Int>]] = [:]

    /// How many masks one transaction may collect; beyond it whole values are masked.
    private static let maximumMasks = 10_000

    mutating func add(_ action: Sanitise) {
        switch action {
        case .argument(let name): arguments.insert(name)
        case .requestHeader(let name): requestHeaders.insert(name)
        case .responseHeader(let name): responseHeaders.insert(name)
        case .matched, .matchedBytes: break
        }
    }

    /// Masks all of a matched value.
    mutating func add(_ variable: Variable, key: [UInt8]) {
        switch variable {
        case .requestHeaders: requestHeaders.insert(key)
        case .responseHeaders: responseHeaders.insert(key)
        case .requestCookies: masksCookies = true
        default: arguments.insert(key)
        }
    }

    /// Masks a part of an argument's value.
    mutating func add(part: Range<Int>, of key: [UInt8]) {
        guard argumentParts[key, default: []].count < Self.maximumMasks else {
            arguments.insert(key)
            return
        }
        argumentParts[key, default: []].append(part)
    }

    /// Whether an argument's value is secret as a whole.
    func masks(argument name: [UInt8]) -> Bool {
        arguments.contains(name) || Self.isSecretName(name)
    }

    func masks(requestHeader name: [UInt8]) -> Bool { requestHeaders.contains(name) || Self.isSecretName(name) }

    func masks(responseHeader name: [UInt8]) -> Bool { responseHeaders.contains(name) || Self.isSecretName(name) }

    /// Whether a rule asked for cookies to be masked one by one.
    private(set) var masksCookies = false

    /// Whether a lower-cased name is one that secrets go by.
    static func isSecretName(_ name: [UInt8]) -> Bool {
        secretNames.contains(name) || name.withUnsafeBufferPointer { secretWords.firstMatch(in: $0) != nil }
    }

    private static let secretWords = PhraseSet(
        [
            "password", "passwd", "passphrase", "secret", "token", "api_key", "apikey", "api-key", "access_key",
            "private_key", "credential", "authorization", "sess",
        ]
        .map { Array($0.utf8) }
    )
    private static let secretNames = Set(
        ["pwd", "pass", "pin", "cvv", "cvc", "otp", "csrf", "auth", "sid", "jwt"].map { Array($0.utf8) }
    )
}
