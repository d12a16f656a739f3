// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Foundation
internal import Glibc
internal import HTTPTypes
internal import Synchronization

/// The jobs of a console: few at once, each on a thread of its own, and what came of them for a while.
///
/// A job is its owner's: others do not see that it is there, but for administrators.
package final class JobDesk: Sendable {
    struct Settings: Sendable {
        /// How many run at once.
        var running = 2
        /// How many wait for their turn; what is more is refused.
        var waiting = 8
        /// How many of those may be one owner's, running ones included.
        var ofOwner = 4
        /// How many are kept when they are over, the newest ones.
        var kept = 50
        /// How long they are kept, in nanoseconds.
        var keptTime: Int64 = 3_600_000_000_000
    }

    /// Does the work, on a thread where waiting does no harm.
    ///
    /// - Throws: ``JobFailure``, or any other error, which is told as it is. What ends because it was told to may throw or
    ///   return nil.
    package typealias Work = @Sendable (JobProgress) throws -> JobResult?

    private struct Entry {
        var job: Job
        let user: UserID?
        let progress: JobProgress
        /// Nil once it has begun.
        var work: Work?
    }

    private struct State {
        var entries: [Identifier: Entry] = [:]
        /// Oldest first.
        var order: [Identifier] = []
        var running = 0
    }

    private let settings: Settings
    private let clock: @Sendable () -> Int64
    private let state = Mutex(State())

    /// - Parameter clock: nanoseconds since 1970.
    package convenience init(clock: @escaping @Sendable () -> Int64) {
        self.init(Settings(), clock: clock)
    }

    init(_ settings: Settings, clock: @escaping @Sendable () -> Int64) {
        self.settings = settings
        self.clock = clock
    }

    // MARK: Asking for one

    /// Takes a job in; it begins as soon as there is room.
    ///
    /// - Throws: ``Problem`` with 429 where too many wait already.
    func start(
        _ kind: Job.Kind,
        _ subject: String,
        by principal: Principal,
        _ work: @escaping Work
    ) throws(Problem) -> Job {
        let now = clock()
        let job = Job(
            id: NewIdentifier.make(at: now),
            kind: kind,
            subject: subject,
            owner: principal.name,
            made: now,
            state: .waiting,
            progress: 0
        )
        let entry = Entry(job: job, user: principal.user, progress: JobProgress(), work: work)
        let isTaken = state.withLock { state in
            prune(&state, now)
            let open = state.entries.values.filter { !$0.job.state.isOver }
            guard open.count < settings.running + settings.waiting,
                open.count(where: { Self.isOwner(principal, of: $0) }) < settings.ofOwner
            else { return false }
            state.entries[job.id] = entry
            state.order.append(job.id)
            return true
        }
        guard isTaken else {
            var problem = Problem(.tooManyRequests, "too_many_jobs", "too many jobs are under way; wait or cancel one")
            problem.retryAfterSeconds = 10
            throw problem
        }
        startNext()
        return self.job(job.id, for: principal) ?? job
    }

    private static func isOwner(_ principal: Principal, of entry: Entry) -> Bool {
        principal.user == entry.user && (principal.user != nil || principal.name == entry.job.owner)
    }

    private static func mayEnter(_ principal: Principal, _ entry: Entry) -> Bool {
        isOwner(principal, of: entry) || principal.may(.administer)
    }

    private func prune(_ state: inout State, _ now: Int64) {
        let over = state.order.filter { state.entries[$0]?.job.state.isOver ?? true }
        for (age, id) in over.reversed().enumerated() {
            let ended = state.entries[id]?.job.ended ?? .min
            guard age >= settings.kept || ended < now - settings.keptTime else { continue }
            state.entries[id] = nil
        }
        state.order.removeAll { state.entries[$0] == nil }
    }

    // MARK: Looking at them

    /// A job; nil where there is none, or none that somebody may see.
    func job(_ id: Identifier, for principal: Principal) -> Job? {
        state.withLock { state in
            prune(&state, clock())
            guard let entry = state.entries[id], Self.mayEnter(principal, entry) else { return nil }
            return Self.shown(entry)
        }
    }

    /// Those that somebody may see, newest first.
    func jobs(for principal: Principal) -> [Job] {
        state.withLock { state in
            prune(&state, clock())
            return state.order.reversed().compactMap { state.entries[$0] }.filter { Self.mayEnter(principal, $0) }
                .map(Self.shown)
        }
    }

    private static func shown(_ entry: Entry) -> Job {
        var job = entry.job
        job.progress = job.state == .done ? 1 : entry.progress.share
        return job
    }

    /// Ends a job that is under way, and forgets one that is over.
    ///
    /// - Returns: false where there is none that somebody may see.
    func remove(_ id: Identifier, for principal: Principal) -> Bool {
        let now = clock()
        return state.withLock { state in
            guard var entry = state.entries[id], Self.mayEnter(principal, entry) else { return false }
            switch entry.job.state {
            case .waiting:
                entry.job.state = .cancelled
                entry.job.ended = now
                entry.work = nil
                state.entries[id] = entry
            case .running: entry.progress.cancel()
            case .done, .failed, .cancelled:
                state.entries[id] = nil
                state.order.removeAll { $0 == id }
            }
            return true
        }
    }

    /// Tells all to end, as the program does.
    package func cancelAll() {
        state.withLock { state in
            for (id, entry) in state.entries where !entry.job.state.isOver {
                entry.progress.cancel()
                if entry.job.state == .waiting { state.entries[id]?.job.state = .cancelled }
            }
        }
    }

    // MARK: Doing them

    private func startNext() {
        let next = state.withLock { state -> (Identifier, JobProgress, Work)? in
            guard state.running < settings.running,
                let id = state.order.first(where: { state.entries[$0]?.job.state == .waiting }),
                let entry = state.entries[id], let work = entry.work
            else { return nil }
            state.running += 1
            state.entries[id]?.job.state = .running
            state.entries[id]?.work = nil
            return (id, entry.progress, work)
        }
        guard let (id, progress, work) = next else { return }
        let thread = Thread { [self] in
            Self.giveWay()
            let outcome = Result { try work(progress) }
            end(id, outcome, isCancelled: progress.isCancelled)
            startNext()
        }
        thread.name = "job"
        // Rules are compiled here, which goes deeper than the half megabyte of a thread.
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Whoever is served meanwhile goes first. Linux keeps the niceness by thread.
    private static func giveWay() {
        let which = __priority_which_t(PRIO_PROCESS.rawValue)
        if getpriority(which, 0) < 10 { _ = setpriority(which, 0, 10) }
    }

    private func end(_ id: Identifier, _ outcome: Result<JobResult?, any Error>, isCancelled: Bool) {
        let now = clock()
        state.withLock { state in
            state.running -= 1
            guard var entry = state.entries[id] else { return }
            entry.job.ended = now
            switch outcome {
            case .success(let result?):
                entry.job.state = .done
                entry.job.result = result
            case .success(nil): entry.job.state = .cancelled
            case .failure where isCancelled: entry.job.state = .cancelled
            case .failure(let error):
                entry.job.state = .failed
                entry.job.failure = String("\(error)".prefix(2_000))
            }
            state.entries[id] = entry
        }
    }
}
