// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A connection whose small writes are joined and sent at once.
///
/// A head and the beginning of its body leave in one system call. What is joined lies in a buffer of the event loop's,
/// which comes back with the flush: as a rule the system takes all bytes, and composing the next head needs no memory.
///
/// Without TLS the bytes go to the socket directly, past the channel's queue of writes. What the socket does not take
/// goes to the channel, and all that follows it until the channel is empty; so do errors, which the channel meets again
/// and closes on.
protocol JoinedOutput: AnyObject {
    var context: ChannelHandlerContext? { get }
    var loopState: LoopState { get }
    var output: OutputState { get set }
}

/// What ``JoinedOutput`` keeps per connection.
struct OutputState {
    /// What was written and not handed on yet: small pieces as one, then perhaps a large one.
    var joined = ByteBuffer()
    var tail = ByteBuffer()
    var isFlushNeeded = false
    /// The socket, where bytes may go to it as they are. Good only while the channel is active.
    var socket: NIOBSDSocket.Handle?
    /// Whether the channel has bytes that it was not told to send yet.
    var hasUnflushed = false
    /// How many flushes the channel has not finished; with any of them bytes must not go past it.
    var unfinishedFlushes = 0
}

extension JoinedOutput {
    /// Lets bytes go to the socket directly; for active channels without TLS, before the first write.
    func sendDirectly(_ context: ChannelHandlerContext) {
        output.socket = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { $0 }
    }

    /// Writes what the closure appends. The closure must not write to this connection.
    func compose(_ body: (inout ByteBuffer) -> Void) {
        output.isFlushNeeded = true
        if output.tail.readableBytes > 0 {
            handOver()
        }
        // Taken out while it changes, so that it is neither copied nor watched.
        var buffer = ByteBuffer()
        swap(&buffer, &output.joined)
        if buffer.readableBytes == 0 {
            buffer = loopState.borrowBuffer()
        }
        body(&buffer)
        output.joined = buffer
    }

    func write(_ buffer: ByteBuffer) {
        guard buffer.readableBytes > 4096 || output.joined.readableBytes > 16384 else {
            compose { $0.writeImmutableBuffer(buffer) }
            return
        }
        output.isFlushNeeded = true
        if output.tail.readableBytes > 0 {
            handOver()
        }
        output.tail = buffer
    }

    /// Sends all that was written. Until then the last piece stays here, so that whoever has a whole answer may rely
    /// on what was done before the flush.
    func flush() {
        guard output.isFlushNeeded else {
            return
        }
        output.isFlushNeeded = false
        handOver()
        guard output.hasUnflushed, let context else {
            return
        }
        output.hasUnflushed = false
        guard output.socket != nil else {
            context.flush()
            return
        }
        // An empty write behind all others tells when they are done.
        output.unfinishedFlushes += 1
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            output.unfinishedFlushes -= 1
        }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
    }

    /// Sends what is there, or queues what the socket does not take.
    private func handOver() {
        var first = ByteBuffer()
        var second = ByteBuffer()
        swap(&first, &output.joined)
        swap(&second, &output.tail)
        guard let context else {
            return
        }
        let borrowed = first
        if let socket = output.socket, output.unfinishedFlushes == 0, !output.hasUnflushed, context.channel.isActive {
            let sent = send(first, second, to: socket)
            let ofFirst = min(sent, first.readableBytes)
            first.moveReaderIndex(forwardBy: ofFirst)
            second.moveReaderIndex(forwardBy: sent - ofFirst)
        }
        if first.readableBytes > 0 {
            output.hasUnflushed = true
            context.write(NIOAny(first), promise: nil)
        }
        if second.readableBytes > 0 {
            output.hasUnflushed = true
            context.write(NIOAny(second), promise: nil)
        }
        if borrowed.storageCapacity > 0 {
            loopState.giveBack(borrowed)
        }
    }

    /// Returns how many bytes the socket took; none where it takes none at the moment, or is broken.
    private func send(_ first: ByteBuffer, _ second: ByteBuffer, to socket: NIOBSDSocket.Handle) -> Int {
        first.withUnsafeReadableBytes { head in
            guard second.readableBytes > 0 else {
                return head.isEmpty ? 0 : max(systemSend(socket, head.baseAddress, head.count, noSignal), 0)
            }
            return second.withUnsafeReadableBytes { tail in
                withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { pieces in
                    pieces[0] = iovec(iov_base: .init(mutating: head.baseAddress), iov_len: head.count)
                    pieces[1] = iovec(iov_base: .init(mutating: tail.baseAddress), iov_len: tail.count)
                    var message = msghdr()
                    message.msg_iov = pieces.baseAddress
                    message.msg_iovlen = 2
                    return max(sendmsg(socket, &message, noSignal), 0)
                }
            }
        }
    }
}

/// A peer that is gone is an error of the call, not a signal.
#if canImport(Darwin)
private let noSignal: CInt = 0
#else
private let noSignal = CInt(MSG_NOSIGNAL)
#endif

/// The function of the C library, which a method above hides.
private func systemSend(_ socket: CInt, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: CInt) -> Int {
    send(socket, bytes, count, flags)
}
