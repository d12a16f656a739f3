// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// A value that comes later than the wish to cancel it may.
final class CancellableBox<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var isCancelled = false
    }

    private let state = Mutex(State())

    /// Gives the value, and cancels it where that was wanted before.
    func set(_ value: Value, cancel: (Value) -> Void) {
        let isCancelled = state.withLock { state in
            state.value = value
            return state.isCancelled
        }
        if isCancelled { cancel(value) }
    }

    func cancel(_ cancel: (Value) -> Void) {
        let value = state.withLock { state in
            state.isCancelled = true
            return state.value
        }
        if let value { cancel(value) }
    }
}
