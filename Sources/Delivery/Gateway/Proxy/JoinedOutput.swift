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

/// The way out of one connection: small writes are joined and sent at once.
///
/// A head and the beginning of its body leave in one system call. What is joined lies in a buffer of the event loop's,
/// which comes back with the flush: as a rule the system takes all bytes, and composing the next head needs no memory.
///
/// Without TLS the bytes go to the socket directly, past the channel's queue of writes. What the socket does not take
/// goes to the channel, and all that follows it until the channel is empty; so do errors, which the channel meets again
/// and closes on.
final class JoinedOutput {
    private let loopState: LoopState
    private var context: ChannelHandlerContext?
    /// Where bytes may go to the socket as they are: the socket, good only while the channel is active.
    private var direct: (socket: NIOBSDSocket.Handle, channel: any Channel)?
    /// What was written and not handed on yet: small pieces as one, then perhaps a large one.
    private var joined: ByteBuffer?
    private var tail: ByteBuffer?
    private var isFlushNeeded = false
    /// Whether the channel has bytes that it was not told to send yet.
    private var hasUnflushed = false
    /// How many flushes the channel has not finished; with any of them bytes must not go past it.
    private var unfinishedFlushes = 0

    init(_ loopState: LoopState) {
        self.loopState = loopState
    }

    func attach(_ context: ChannelHandlerContext) {
        self.context = context
    }

    func detach() {
        context = nil
        direct = nil
    }

    /// Lets bytes go to the socket directly; for active channels without TLS, before the first write.
    func sendDirectly() {
        guard let context else {
            return
        }
        let socket = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { $0 }
        direct = socket.map { ($0, context.channel) }
    }

    // MARK: - Writing

    /// Writes what the closure appends. The closure must not write to this connection.
    func compose(_ body: (inout ByteBuffer) -> Void) {
        isFlushNeeded = true
        if tail != nil {
            handOver()
        }
        // Taken out while it changes, so that it is neither copied nor watched.
        var buffer = joined.take() ?? loopState.borrowBuffer()
        body(&buffer)
        joined = buffer
    }

    func write(_ buffer: ByteBuffer) {
        guard buffer.readableBytes > 4096 || joined?.readableBytes ?? 0 > 16384 else {
            compose { $0.writeImmutableBuffer(buffer) }
            return
        }
        isFlushNeeded = true
        if tail != nil {
            handOver()
        }
        tail = buffer
    }

    /// Sends all that was written. Until then the last piece stays here, so that whoever has a whole answer may rely
    /// on what was done before the flush.
    func flush() {
        guard isFlushNeeded else {
            return
        }
        isFlushNeeded = false
        handOver()
        guard hasUnflushed, let context else {
            return
        }
        hasUnflushed = false
        guard direct != nil else {
            context.flush()
            return
        }
        // An empty write behind all others tells when they are done.
        unfinishedFlushes += 1
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            unfinishedFlushes -= 1
        }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
    }

    // MARK: - Sending

    /// Sends what is there, or queues what the socket does not take.
    private func handOver() {
        let first = joined.take()
        let second = tail.take()
        var sent = 0
        if let direct, unfinishedFlushes == 0, !hasUnflushed, direct.channel.isActive {
            sent = Self.send(first, second, to: direct.socket)
        }
        let ofFirst = min(sent, first?.readableBytes ?? 0)
        queue(first, from: ofFirst)
        queue(second, from: sent - ofFirst)
        if let first {
            loopState.giveBack(first)
        }
    }

    /// Leaves to the channel what the socket did not take of a piece.
    private func queue(_ piece: ByteBuffer?, from sent: Int) {
        guard var piece, piece.readableBytes > sent, let context else {
            return
        }
        piece.moveReaderIndex(forwardBy: sent)
        hasUnflushed = true
        context.write(NIOAny(piece), promise: nil)
    }

    /// Returns how many bytes the socket took; none where it takes none at the moment, or is broken.
    private static func send(_ first: ByteBuffer?, _ second: ByteBuffer?, to socket: NIOBSDSocket.Handle) -> Int {
        guard let second else {
            return first.map { send($0, to: socket) } ?? 0
        }
        guard let first, first.readableBytes > 0 else {
            return send(second, to: socket)
        }
        return first.withUnsafeReadableBytes { head in
            second.withUnsafeReadableBytes { tail in
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

    private static func send(_ piece: ByteBuffer, to socket: NIOBSDSocket.Handle) -> Int {
        piece.withUnsafeReadableBytes { bytes in
            bytes.isEmpty ? 0 : max(systemSend(socket, bytes.baseAddress, bytes.count, noSignal), 0)
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
