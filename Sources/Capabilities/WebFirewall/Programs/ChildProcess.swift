// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CProcess
internal import Glibc

/// A program of its own process group that is over when this object is gone: killed with its group, and reaped.
///
/// No shell is between, no descriptor but the three standard ones is handed on, and the environment is only what the
/// caller names.
final class ChildProcess {
    /// What the child reads and writes.
    enum Channel {
        /// Its output can be read; its input is empty.
        case output
        /// Input and output are both ends of one conversation.
        case conversation
    }

    /// Why a child could not be started, or is not waited for any longer.
    struct Failure: Error, Equatable {
        var reason: String
    }

    let identifier: pid_t
    /// Our end of the channel; reading and writing never block.
    private let descriptor: Int32
    private var isReaped = false

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - path: taken as it is; the search path is not looked at.
    ///   - arguments: behind the program's name.
    ///   - environment: all of it.
    ///   - memoryLimit: the address space in bytes; nil for as much as the program wants.
    init(
        _ path: String,
        arguments: [[UInt8]],
        environment: [(name: [UInt8], value: [UInt8])],
        channel: Channel,
        memoryLimit: Int? = nil
    ) throws(Failure) {
        let ends = try Self.makeChannel(channel)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if channel == .conversation {
            posix_spawn_file_actions_adddup2(&actions, ends.theirs, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, ends.theirs, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = Self.attributes()
        defer { posix_spawnattr_destroy(&attributes) }
        // A name without a slash would be looked for in the search path by some systems.
        let file = path.contains("/") ? path : "./" + path
        var child: pid_t = 0
        let status = Self.withStrings([Array(file.utf8)] + arguments) { argumentList in
            Self.withStrings(environment.map { $0.name + [UInt8(ascii: "=")] + $0.value }) { environmentList in
                // A file that was just written is busy as long as a child of another thread, which has not got to its own
                // program yet, holds it open too.
                var attempts = 20
                var status: Int32 = 0
                repeat {
                    status = posix_spawn(&child, file, &actions, &attributes, argumentList, environmentList)
                    attempts -= 1
                } while status == ETXTBSY && attempts > 0 && usleep(5_000) == 0
                return status
            }
        }
        close(ends.theirs)
        guard status == 0 else {
            close(ends.ours)
            throw Failure(reason: String(cString: strerror(status)))
        }
        identifier = child
        descriptor = ends.ours
        if let memoryLimit {
            _ = redoubt_limit_memory(child, UInt(memoryLimit))
        }
    }

    deinit {
        end()
    }

    // MARK: Starting

    private static func makeChannel(_ channel: Channel) throws(Failure) -> (ours: Int32, theirs: Int32) {
        var ends: [Int32] = [-1, -1]
        let status =
            channel == .conversation
            ? socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) : pipe(&ends)
        guard status == 0 else {
            throw Failure(reason: String(cString: strerror(errno)))
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return (ends[0], ends[1])
    }

    /// A group of its own, and signals as any program finds them: ours ignore or block some.
    private static func attributes() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        return attributes
    }

    private static func withStrings<Result>(
        _ strings: [[UInt8]],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { string in
            (string + [0]).withUnsafeBufferPointer { bytes in
                bytes.baseAddress.flatMap { strdup(UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self)) }
            }
        }
        defer {
            for copy in copies {
                free(copy)
            }
        }
        return body(copies + [nil])
    }

    // MARK: Talking

    /// Reads what is there, waiting for it until a time; empty where the child has closed its end.
    func read(until deadline: ContinuousClock.Instant) throws(Failure) -> [UInt8] {
        while true {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count >= 0 {
                return Array(buffer.prefix(count))
            }
            // Of a conversation, an end that was closed with something unread says so this way.
            if errno == ECONNRESET {
                return []
            }
            guard errno == EAGAIN || errno == EINTR else {
                throw Failure(reason: String(cString: strerror(errno)))
            }
            try wait(for: POLLIN, until: deadline)
        }
    }

    /// Writes everything, waiting until a time for the child to take it.
    func write(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws(Failure) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                offset += count
                continue
            }
            guard errno == EAGAIN || errno == EINTR else {
                throw Failure(reason: "it does not listen")
            }
            try wait(for: POLLOUT, until: deadline)
        }
    }

    private func wait(for events: Int32, until deadline: ContinuousClock.Instant) throws(Failure) {
        let rest = deadline - ContinuousClock.now
        guard rest > .zero else {
            throw Failure(reason: "it took too long")
        }
        var waiting = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        _ = poll(&waiting, 1, Int32(clamping: Int(rest / .milliseconds(1)) + 1))
    }

    // MARK: Ending

    /// Waits for the child to end by itself, until a time.
    func waitForEnd(until deadline: ContinuousClock.Instant) throws(Failure) {
        var pause: UInt32 = 100
        while true {
            var information = siginfo_t()
            // The child stays a zombie: its number, and that of its group, must not be given to others yet.
            let status = waitid(P_PID, id_t(identifier), &information, WEXITED | WNOHANG | WNOWAIT)
            if status == 0, information.si_signo == SIGCHLD {
                guard information.si_code == Int32(CLD_EXITED) else {
                    throw Failure(reason: "it was killed by a signal")
                }
                return
            }
            guard status == 0 || errno == EINTR else {
                throw Failure(reason: String(cString: strerror(errno)))
            }
            guard ContinuousClock.now < deadline else {
                throw Failure(reason: "it took too long")
            }
            usleep(pause)
            pause = min(pause * 2, 5_000)
        }
    }

    /// Kills what is left of the group and reaps the child, once; the deinitializer does it at the latest.
    func end() {
        guard !isReaped else {
            return
        }
        isReaped = true
        close(descriptor)
        kill(-identifier, SIGKILL)
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    }
}
