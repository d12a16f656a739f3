// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Glibc
package import SecLang
internal import Synchronization

/// Runs the programs that rules name, where they may: each in a process of its own, within a time, a size and a number
/// that hold for all of them.
package final class ProgramLauncher: Sendable {
    /// What programs may take.
    package struct Limits: Sendable {
        /// How long one program runs, and all together that a transaction waits for.
        package var patience = Duration.seconds(1)
        /// How many run at a time that a transaction waits for, and how many besides that nobody waits for.
        package var programs = 8
        /// What a program may write, in bytes.
        package var output = 64 << 10
        /// What a script's interpreter may take of memory, in bytes.
        package var scriptMemory = 256 << 20

        package init() {}
    }

    private struct State {
        var waitedFor = 0
        var started: Set<pid_t> = []
        var startedCount = 0
        var isStopped = false
        /// Of each second the first failures are told.
        var failures = RefusalLimiter()
    }

    /// What runs, of this launcher and of those that it came after.
    private final class Running: Sendable {
        let state = Mutex(State())
    }

    private let limits: Limits
    private let waitsForAll: Bool
    private let report: @Sendable (String) -> Void
    private let interpreter: String?
    private let running: Running

    /// - Parameters:
    ///   - waitsForAll: whether also programs are waited for whose result nobody wants, as offline commands do, which
    ///     would otherwise end before them.
    ///   - interpreter: what runs Lua scripts; nil where none is installed.
    ///   - previous: the launcher of the rules before a reload, whose programs still count.
    ///   - report: takes a line on each program that failed while nobody waited for it.
    package init(
        limits: Limits = Limits(),
        waitsForAll: Bool = false,
        interpreter: String? = ProgramLauncher.findInterpreter(),
        after previous: ProgramLauncher? = nil,
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.limits = limits
        self.waitsForAll = waitsForAll
        self.interpreter = interpreter
        running = previous?.running ?? Running()
        self.report = report
    }

    /// A Lua interpreter of the search path; nil where there is none.
    package static func findInterpreter(
        searchPath: String = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    ) -> String? {
        let folders = searchPath.split(separator: ":").filter { $0.hasPrefix("/") }
        for name in ["lua5.4", "lua", "lua5.3"] {
            for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
                return "\(folder)/\(name)"
            }
        }
        return nil
    }

    /// For the compiler: whether a program could run.
    package var access: ProgramAccess {
        ProgramAccess { [self] program in try check(program) }
    }

    /// For transactions.
    package var runner: ProgramRunner {
        ProgramRunner(
            patience: UInt64(max(limits.patience / .nanoseconds(1), 0)),
            run: { [self] call, answer in run(call, answer: answer) },
            start: { [self] call in start(call) }
        )
    }

    // MARK: Checking

    private struct Unusable: Error, CustomStringConvertible {
        var description: String
    }

    private func check(_ program: RuleProgram) throws {
        var status = stat()
        guard stat(program.path, &status) == 0 else {
            throw Unusable(description: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Unusable(description: "not a regular file")
        }
        guard program.kind == .script else {
            guard Glibc.access(program.path, X_OK) == 0 else {
                throw Unusable(description: "not executable; make it so with \"chmod +x\"")
            }
            return
        }
        let call = LuaProtocol.line("check", [Array(program.path.utf8)])
        switch converse(call, environment: [], until: .now + limits.patience * 5, answer: { _ in [] }) {
        case .finished: break
        case .failed(let reason): throw Unusable(description: "Failed to load script: \(reason)")
        }
    }

    // MARK: Waiting for a result

    private func run(_ call: ProgramCall, answer: (ScriptRequest) -> [ScriptValue]) -> ProgramOutcome {
        let mayRun = running.state.withLock { state in
            guard state.waitedFor < limits.programs else {
                return false
            }
            state.waitedFor += 1
            return true
        }
        guard mayRun else {
            return .failed("\(limits.programs) programs are running already")
        }
        defer { running.state.withLock { $0.waitedFor -= 1 } }
        let deadline = ContinuousClock.now + min(.nanoseconds(Int64(clamping: call.patience)), limits.patience)
        do throws(ChildProcess.Failure) {
            let (file, argument) = try Self.argument(of: call)
            // The file is there as long as the program.
            defer { withExtendedLifetime(file) {} }
            guard call.program.kind == .executable else {
                let path = [Array(call.program.path.utf8)]
                let line = LuaProtocol.line("run", path + (argument.map { [$0] } ?? []))
                return converse(line, environment: call.environment, until: deadline, answer: answer)
            }
            let child = try spawn(call, argument)
            return .finished(try output(of: child, until: deadline))
        } catch {
            return .failed(error.reason)
        }
    }

    private static func argument(of call: ProgramCall) throws(ChildProcess.Failure) -> (PrivateFile?, [UInt8]?) {
        switch call.argument {
        case .none:
            return (nil, nil)
        case .text(let bytes):
            // An argument ends at a NUL: what is behind it would escape the program's eyes.
            guard call.program.kind == .script || !bytes.contains(0) else {
                throw ChildProcess.Failure(reason: "the value holds a NUL byte, which no argument can")
            }
            return (nil, bytes)
        case .file(let bytes):
            let file = try PrivateFile(bytes)
            return (file, Array(file.path.utf8))
        }
    }

    private func spawn(_ call: ProgramCall, _ argument: [UInt8]?) throws(ChildProcess.Failure) -> ChildProcess {
        try ChildProcess(
            call.program.path,
            arguments: argument.map { [$0] } ?? [],
            environment: call.environment,
            channel: .output
        )
    }

    /// What a program writes till it ends.
    private func output(
        of child: ChildProcess,
        until deadline: ContinuousClock.Instant
    ) throws(ChildProcess.Failure) -> [UInt8] {
        var output: [UInt8] = []
        while true {
            let bytes = try child.read(until: deadline)
            guard !bytes.isEmpty else {
                break
            }
            output += bytes
            guard output.count <= limits.output else {
                throw ChildProcess.Failure(reason: "it wrote more than \(limits.output) bytes")
            }
        }
        try child.waitForEnd(until: deadline)
        return output
    }

    // MARK: Scripts

    private func converse(
        _ call: [UInt8],
        environment: [(name: [UInt8], value: [UInt8])],
        until deadline: ContinuousClock.Instant,
        answer: (ScriptRequest) -> [ScriptValue]
    ) -> ProgramOutcome {
        guard let interpreter else {
            return .failed("Lua is not installed: apt-get install lua5.4")
        }
        do throws(ChildProcess.Failure) {
            let child = try ChildProcess(
                interpreter,
                arguments: [Array("-e".utf8), Array(LuaProtocol.prelude.utf8)],
                environment: environment,
                channel: .conversation,
                memoryLimit: limits.scriptMemory
            )
            try child.write(call, until: deadline)
            return try listen(to: child, until: deadline, answer: answer)
        } catch {
            return .failed(error.reason)
        }
    }

    private func listen(
        to child: ChildProcess,
        until deadline: ContinuousClock.Instant,
        answer: (ScriptRequest) -> [ScriptValue]
    ) throws(ChildProcess.Failure) -> ProgramOutcome {
        var buffer: [UInt8] = []
        var searched = 0
        while true {
            guard let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
                searched = buffer.count
                // Three bytes of the line stand for one that a script handed over.
                guard buffer.count <= 3 * limits.output + 64 else {
                    throw ChildProcess.Failure(reason: "it said more than \(limits.output) bytes at once")
                }
                let bytes = try child.read(until: deadline)
                guard !bytes.isEmpty else {
                    throw ChildProcess.Failure(reason: "the script ended without a word")
                }
                buffer += bytes
                continue
            }
            let line = Array(buffer[..<end])
            buffer.removeSubrange(...end)
            searched = 0
            guard ContinuousClock.now < deadline else {
                throw ChildProcess.Failure(reason: "it took too long")
            }
            switch LuaProtocol.message(line) {
            case nil: throw ChildProcess.Failure(reason: "the script disturbed the conversation with its interpreter")
            case .end(let result): return .finished(result)
            case .fault(let text): return .failed(String(decoding: text.prefix(512), as: UTF8.self))
            case .request(let request):
                let values = answer(request)
                if request.wantsAnswer {
                    try child.write(LuaProtocol.line("", values.flatMap { [$0.name, $0.value] }), until: deadline)
                }
            }
        }
    }

    // MARK: Not waiting

    /// Starts a program; a thread of its own sees to its end.
    private func start(_ call: ProgramCall) -> String? {
        guard !waitsForAll else {
            if case .failed(let reason) = run(call, answer: { _ in [] }) {
                return reason
            }
            return nil
        }
        let refusal: String? = running.state.withLock { state in
            guard !state.isStopped, state.startedCount < limits.programs else {
                return state.isStopped ? "the gateway ends" : "\(limits.programs) programs are running already"
            }
            state.startedCount += 1
            return nil
        }
        guard refusal == nil else {
            return refusal
        }
        let child: ChildProcess
        do {
            child = try spawn(call, nil)
        } catch {
            running.state.withLock { $0.startedCount -= 1 }
            return error.reason
        }
        let isTooLate = running.state.withLock { state in
            state.started.insert(child.identifier)
            return state.isStopped
        }
        if isTooLate {
            kill(-child.identifier, SIGKILL)
        }
        let watched = WatchedChild(child: child)
        let thread = Thread { [self] in watch(watched, path: call.program.path) }
        thread.name = "program"
        thread.start()
        return nil
    }

    private func watch(_ watched: WatchedChild, path: String) {
        let deadline = ContinuousClock.now + limits.patience
        var failure: String?
        do throws(ChildProcess.Failure) {
            _ = try output(of: watched.child, until: deadline)
        } catch {
            failure = error.reason
        }
        // Once it has ended, its number may be given to others.
        running.state.withLock { _ = $0.started.remove(watched.child.identifier) }
        watched.child.end()
        let isTold = running.state.withLock { state in
            state.startedCount -= 1
            return failure == nil || state.failures.admits("failure", now: SystemClock.nanoseconds)
        }
        if let failure, isTold {
            report("Redoubt: The program \(path) failed: \(failure)")
        }
    }

    /// Kills the programs that nobody waits for, and starts no more.
    package func stop() {
        running.state.withLock { state in
            state.isStopped = true
            for identifier in state.started {
                kill(-identifier, SIGKILL)
            }
        }
    }
}

/// A child on its way to the one thread that looks after it.
private struct WatchedChild: @unchecked Sendable {
    let child: ChildProcess
}

extension ScriptRequest {
    fileprivate var wantsAnswer: Bool {
        switch self {
        case .value, .values: true
        case .log, .set: false
        }
    }
}
