// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Dispatch
internal import Foundation
internal import Synchronization

/// Work that is spread over all processors, on threads of its own: neither event loops nor the pool of Swift's tasks, both
/// of which serve people, ever wait for it.
enum ParallelWork {
    static let threads = max(1, ProcessInfo.processInfo.activeProcessorCount)

    /// Runs a body once on each of several threads, and waits for all of them.
    ///
    /// The threads are as low as the one that calls (Linux keeps the niceness by thread, and hands it on).
    static func run(_ count: Int = threads, _ body: @escaping @Sendable (_ worker: Int) -> Void) {
        let group = DispatchGroup()
        for worker in 0..<count {
            group.enter()
            let thread = Thread {
                body(worker)
                group.leave()
            }
            thread.name = "trial"
            // XML and JSON go deeper than the half megabyte of a thread.
            thread.stackSize = 8 << 20
            thread.start()
        }
        group.wait()
    }

    /// What a body makes of each element, in their order; nil for all that come after `goesOn` said no.
    ///
    /// - Parameters:
    ///   - start: makes what a worker keeps from one element to the next.
    ///   - goesOn: is told how many are done; called by all workers.
    static func map<Element: Sendable, Scratch, Output: Sendable>(
        _ elements: [Element],
        start: @escaping @Sendable () -> Scratch,
        goesOn: @escaping @Sendable (_ done: Int) -> Bool = { _ in true },
        each body: @escaping @Sendable (inout Scratch, Element) -> Output
    ) -> [Output?] {
        let next = Atomic<Int>(0)
        let outputs = Mutex<[Output?]>(Array(repeating: nil, count: elements.count))
        // A small piece at a time, so that no worker is left alone with a large rest.
        let piece = 8
        run(min(threads, max(1, elements.count / piece))) { _ in
            var scratch = start()
            while true {
                let first = next.add(piece, ordering: .relaxed).oldValue
                guard first < elements.count, goesOn(first) else { return }
                let part = elements[first..<min(first + piece, elements.count)].map { body(&scratch, $0) }
                outputs.withLock { outputs in
                    for (offset, output) in part.enumerated() { outputs[first + offset] = output }
                }
            }
        }
        return outputs.withLock { $0 }
    }
}

/// Hands pieces of work from the one who reads them to those who do them; who reads waits while there is enough to do.
final class WorkChannel<Piece: Sendable>: Sendable {
    private let pieces = Mutex<[Piece]>([])
    private let room: DispatchSemaphore
    private let filled = DispatchSemaphore(value: 0)

    /// - Parameter capacity: how many pieces may wait.
    init(capacity: Int) {
        room = DispatchSemaphore(value: capacity)
    }

    func put(_ piece: Piece) {
        room.wait()
        pieces.withLock { $0.append(piece) }
        filled.signal()
    }

    /// Ends the work of so many workers once all pieces are taken.
    func end(_ workers: Int) {
        for _ in 0..<workers { filled.signal() }
    }

    /// The next piece; nil at the end.
    func take() -> Piece? {
        filled.wait()
        let piece = pieces.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if piece != nil { room.signal() }
        return piece
    }
}
