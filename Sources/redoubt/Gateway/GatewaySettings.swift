// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Gateway

/// A setting of the gateway that is a number, with its place in the gateway's configuration.
struct CountSetting {
    var key: SettingKey
    var path: WritableKeyPath<GatewayLimits, Int>
    var isSize: Bool

    static var all: [CountSetting] {
        [
            CountSetting(key: .limitsRequestLine, path: \.parser.requestLine, isSize: true),
            CountSetting(key: .limitsHead, path: \.parser.head, isSize: true),
            CountSetting(key: .limitsFields, path: \.parser.fields, isSize: false),
            CountSetting(key: .limitsChunkExtension, path: \.parser.chunkExtension, isSize: true),
            CountSetting(key: .limitsTrailers, path: \.parser.trailers, isSize: true),
            CountSetting(key: .limitsDecodingRatio, path: \.decoding.ratio, isSize: false),
            CountSetting(key: .limitsHeldBody, path: \.heldBody, isSize: true),
            CountSetting(key: .limitsHeldBodies, path: \.heldBodiesTotal, isSize: true),
            CountSetting(key: .limitsConnections, path: \.connections, isSize: false),
            CountSetting(key: .limitsConnectionsPerClient, path: \.connectionsPerClient, isSize: false),
            CountSetting(key: .limitsIdleUpstreamConnections, path: \.idleUpstreamConnections, isSize: false),
        ]
    }

    func read(_ text: String) throws -> Int {
        isSize ? try Quantity.size(text) : try Quantity.count(text, in: 1...10_000_000)
    }

    func text(_ limits: GatewayLimits) -> String {
        isSize ? Quantity.text(bytes: limits[keyPath: path]) : "\(limits[keyPath: path])"
    }
}

/// A setting of the gateway that is a time.
struct DurationSetting {
    var key: SettingKey
    var path: WritableKeyPath<GatewayTimeouts, Duration>

    static var all: [DurationSetting] {
        [
            DurationSetting(key: .timeoutsHead, path: \.head),
            DurationSetting(key: .timeoutsBodyGrace, path: \.bodyGrace),
            DurationSetting(key: .timeoutsIdle, path: \.idle),
            DurationSetting(key: .timeoutsUpstreamConnect, path: \.upstreamConnect),
            DurationSetting(key: .timeoutsUpstreamResponse, path: \.upstreamResponse),
            DurationSetting(key: .timeoutsUpstreamIdle, path: \.upstreamIdle),
            DurationSetting(key: .timeoutsUpstreamKeepAlive, path: \.upstreamKeepAlive),
            DurationSetting(key: .timeoutsClientWrite, path: \.clientWrite),
            DurationSetting(key: .timeoutsTunnelIdle, path: \.tunnelIdle),
            DurationSetting(key: .timeoutsLinger, path: \.linger),
        ]
    }
}
