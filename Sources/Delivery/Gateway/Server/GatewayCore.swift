// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Logging
internal import Synchronization

/// What all connections of a gateway share: the current configuration, counters and the caps on connections.
final class GatewayCore: Sendable {
    let logger: Logger
    let counters = GatewayCounters()
    /// Whether the server shuts down.
    let isDraining = Atomic(false)
    private let current: Mutex<GatewayRuntime>
    private let connectionsByClient = Mutex<[String: Int]>([:])

    init(_ runtime: GatewayRuntime, logger: Logger) {
        current = Mutex(runtime)
        self.logger = logger
    }

    /// The configuration that the next exchange starts with. An exchange that runs keeps its own, which is freed
    /// with the last of them.
    var runtime: GatewayRuntime {
        get { current.withLock { $0 } }
        set(runtime) {
            current.withLock { $0 = runtime }
        }
    }

    /// Takes a place for a connection; false where the client, or all together, have too many.
    func admit(_ address: String, isExempt: Bool) -> Bool {
        let limits = runtime.configuration.limits
        let total = counters.activeConnections.add(1, ordering: .relaxed).newValue
        let isAdmitted = connectionsByClient.withLock { connections in
            let count = connections[address, default: 0] + 1
            guard total <= limits.connections, isExempt || count <= limits.connectionsPerClient else {
                return false
            }
            connections[address] = count
            return true
        }
        if isAdmitted {
            increment(counters.connections)
        } else {
            decrement(counters.activeConnections)
            increment(counters.rejectedConnections)
        }
        return isAdmitted
    }

    /// Gives the place back.
    func dismiss(_ address: String) {
        decrement(counters.activeConnections)
        connectionsByClient.withLock { connections in
            guard let count = connections[address], count > 1 else {
                connections[address] = nil
                return
            }
            connections[address] = count - 1
        }
    }
}
