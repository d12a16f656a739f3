// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// What the policy has to know of an activity; made once for each and used for all controls.
package struct ActivityFacts: Sendable {
    /// The application that a request is for.
    package var application: String?
    package var method: ArraySlice<UInt8>
    package var path: RoutePath?
    /// What a request says of its body; nil where it says nothing, or several things.
    package var contentType: ArraySlice<UInt8>?
    /// The client's address, trusted proxies taken into account.
    package var address: IPAddress?
    /// Others that it concerns: user, session, device, runner, token.
    package var entities: [Entity]
    package var namespace: String?
    package var workload: String?

    /// - Parameter path: a request's path or target, as it was received.
    package init(
        application: String? = nil,
        method: ArraySlice<UInt8> = [],
        path: ArraySlice<UInt8>? = nil,
        contentType: ArraySlice<UInt8>? = nil,
        address: IPAddress? = nil,
        entities: [Entity] = [],
        namespace: String? = nil,
        workload: String? = nil
    ) {
        self.application = application
        self.method = method
        self.path = path.map { RoutePath($0) }
        self.contentType = contentType
        self.address = address
        self.entities = entities
        self.namespace = namespace
        self.workload = workload
    }

    /// Whether it happened at a place. A request whose path is ambiguous is on no route.
    func isAt(_ place: Scope.Place) -> Bool {
        switch place {
        case .installation: true
        case .application(let name): application == name
        case .route(let name, let pattern):
            (name == nil || name == application) && (path.map { pattern.covers($0, method: method) } ?? false)
        case .namespace(let name): namespace == name
        case .workload(let space, let name): (space == nil || space == namespace) && workload == name
        }
    }

    /// Whether an entity is the client, its network, or named by the activity.
    func concerns(_ entity: Entity, network: IPNetwork?) -> Bool {
        if let network {
            return address.map(network.contains) ?? false
        }
        return entities.contains(entity)
    }

    /// The bits by which a client is told from others: of IPv6 the network of /64, which is what one client has.
    var clientBits: UInt128? {
        address.map { $0.isIPv4 ? $0.bits : $0.bits & ~UInt128(UInt64.max) }
    }
}
