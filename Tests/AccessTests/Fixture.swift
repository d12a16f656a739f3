// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Synchronization
import Testing

@testable import Access

/// A folder of its own, which goes away with it.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-access-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The content of all files.
    func allBytes() throws -> [UInt8] {
        try FileManager.default.contentsOfDirectory(atPath: path).flatMap { name in
            Array(try Data(contentsOf: URL(fileURLWithPath: file(name))))
        }
    }
}

/// Takes acts as the evidence log would, and refuses them when told to.
final class Acts: Sendable {
    private struct State {
        var recorded: [AccessAct] = []
        var noted: [AccessAct] = []
        var refuses = false
    }

    struct Refusal: Error {}

    private let state = Mutex(State())

    var recorded: [AccessAct] { state.withLock { $0.recorded } }
    var noted: [AccessAct] { state.withLock { $0.noted } }
    var refuses: Bool {
        get { state.withLock { $0.refuses } }
        set { state.withLock { $0.refuses = newValue } }
    }

    var recorder: AccessRecorder {
        AccessRecorder { act in
            try self.state.withLock { state in
                if state.refuses { throw Refusal() }
                state.recorded.append(act)
            }
        } note: { act in
            self.state.withLock { $0.noted.append(act) }
        }
    }

    func count(_ kind: AccessAct.Kind) -> Int {
        state.withLock { state in (state.recorded + state.noted).count { $0.kind == kind } }
    }
}

/// Numbers that are the same in each run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed &>> 31)
    }
}

extension RandomBytes {
    static func seeded(_ seed: UInt64) -> RandomBytes {
        let generator = SharedGenerator(seed)
        return RandomBytes { count in generator.bytes(count) }
    }

    private final class SharedGenerator: Sendable {
        private let generator: Mutex<SeededGenerator>

        init(_ seed: UInt64) {
            generator = Mutex(SeededGenerator(seed: seed))
        }

        func bytes(_ count: Int) -> [UInt8] {
            generator.withLock { generator in (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } }
        }
    }
}

/// Accounts in a folder of their own, with passwords that cost next to nothing.
struct Fixture {
    let folder: TestFolder
    let acts = Acts()
    let access: AccessControl

    static let second: Int64 = 1_000_000_000
    static let minute = 60 * second
    static let hour = 3600 * second
    /// In 2027.
    static let start: Int64 = 1_800_000_000 * second
    static let password = "correct horse battery"
    static let cheap = PasswordCost(logarithm: 2, blockSize: 1, repetitions: 1) ?? .standard
    static let client = client("192.0.2.7")
    static let local = Principal.local(name: "root")

    init(_ change: (inout AccessControl.Settings) -> Void = { _ in }) throws {
        folder = try TestFolder()
        var settings = AccessControl.Settings()
        settings.passwordCost = Self.cheap
        change(&settings)
        access = try AccessControl(database: folder.file("access.sqlite"), settings, recorder: acts.recorder)
    }

    static func client(_ address: String, agent: String = "tests") -> Client {
        Client(address: IPAddress(address) ?? IPAddress(v4: 0), agent: agent)
    }

    /// A user with the usual password.
    @discardableResult
    func makeUser(_ name: String, _ roles: Set<Role>, password: String? = Fixture.password) async throws -> User {
        let new = NewUser(name: try UserName(name), roles: roles, password: password)
        return try await access.makeUser(new, by: Self.local, at: Self.start)
    }

    func logIn(
        _ name: String,
        from client: Client = Fixture.client,
        at time: Int64 = Fixture.start
    ) async throws
        -> NewSession
    {
        try await access.logIn(name: name, password: Self.password, from: client, at: time)
    }

    func principal(_ name: String, at time: Int64 = Fixture.start) async throws -> Principal {
        try await logIn(name, at: time).active.principal
    }
}

/// Expects an error of a kind.
func expect<Output>(
    _ code: AccessError.Code,
    at location: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Output
) async {
    let error = await #expect(throws: AccessError.self, sourceLocation: location) { _ = try await body() }
    #expect(error?.code == code, "\(error?.message ?? "no error")", sourceLocation: location)
}
