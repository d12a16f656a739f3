// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOSSL

/// TLS below HTTP. Each connection gets the certificate that is in use when it begins, so that one that is replaced drops
/// none.
struct TLSLayer<Base: ServerChildChannel>: ServerChildChannel {
    typealias Value = Base.Value

    let base: Base
    let context: @Sendable () -> NIOSSLContext

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context()))
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }
    }

    func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
