// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What is known of a match while the chain is still being tried.
struct PendingMatch {
    var message: [UInt8]?
    var data: [UInt8]?
    var variable: [UInt8] = []
    var value: [UInt8] = []
    var explanation: [UInt8] = []
    var reference: [UInt8] = []
}
