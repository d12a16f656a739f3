// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Measures a matcher alone: events of an ordinary host whose values lie ready, so that what is timed is matching and
/// nothing else. The caller has the clock.
package struct MatcherBenchmark: ~Copyable {
    private var matcher: RuleMatcher<SyntheticReader>
    private let events: [SyntheticEvent]
    private let values: UnsafeMutablePointer<FieldValue>
    private let memory: UnsafeMutableRawBufferPointer
    private let width: Int
    private var serial: UInt64 = 0

    /// How many different events there are.
    package static let eventCount = 1000

    /// - Parameter program: of the source `syscall`.
    package init(_ program: RuleProgram) {
        matcher = RuleMatcher(program)
        events = SyntheticEvent.mixture(program.catalogue.eventTypes, count: Self.eventCount)
        width = max(program.references.count, 1)
        values = .allocate(capacity: width * Self.eventCount)
        values.initialize(repeating: .absent, count: width * Self.eventCount)
        memory = .allocate(byteCount: 4 << 20, alignment: 8)
        var used = 0
        var places: [String: FieldValue] = [:]
        for (number, event) in events.enumerated() {
            for reference in program.references {
                let name = program.catalogue.definitions[Int(reference.field)].name
                guard let value = event.value(of: name) else { continue }
                let place = number * width + Int(reference.serial)
                switch value {
                case .number(let number): values[place] = .unsigned(number)
                case .bool(let bool): values[place] = .bool(bool)
                case .address(let bits): values[place] = .ipv4(bits)
                case .text(let text):
                    if let known = places[text] {
                        values[place] = known
                        continue
                    }
                    let bytes = Array(text.utf8)
                    guard used + bytes.count <= memory.count else { continue }
                    memory[used..<used + bytes.count].copyBytes(from: bytes)
                    let copy = UnsafeRawBufferPointer(
                        rebasing: UnsafeRawBufferPointer(memory)[used..<used + bytes.count]
                    )
                    values[place] = .bytes(copy)
                    places[text] = values[place]
                    used += bytes.count
                }
            }
        }
    }

    deinit {
        values.deallocate()
        memory.deallocate()
    }

    /// Matches all events so many times over.
    ///
    /// - Parameters:
    ///   - rounds: the events matched are these times ``eventCount``.
    ///   - isEachProcessNew: whether every event comes from a process never seen before, which is the worst case.
    ///   - type: only events of this name; nil for all.
    /// - Returns: how many events were matched, and how many rules fired.
    package mutating func run(
        rounds: Int,
        isEachProcessNew: Bool = false,
        type: String? = nil
    ) -> (events: Int, fired: Int) {
        var reader = SyntheticReader(values: values)
        var fired = 0
        let chosen = events.indices.filter { type == nil || events[$0].type == type }
        for _ in 0..<rounds {
            for place in chosen {
                serial += 1
                reader.eventType = events[place].number
                reader.processStamp = isEachProcessNew ? serial + 1000 : UInt64(events[place].process + 1)
                reader.values = UnsafePointer(values + place * width)
                fired += matcher.match(&reader)
            }
        }
        return (rounds * chosen.count, fired)
    }
}

/// Values that lie ready, by the serial numbers of their fields.
struct SyntheticReader: FieldReader, ~Copyable {
    var eventType = 0
    var processStamp: UInt64 = 0
    var values: UnsafePointer<FieldValue>

    init(values: UnsafeMutablePointer<FieldValue>) {
        self.values = UnsafePointer(values)
    }

    mutating func value(of field: FieldReference) -> FieldValue { values[Int(field.serial)] }

    mutating func values(of field: FieldReference, into result: inout FieldValues) -> Bool {
        let value = values[Int(field.serial)]
        guard !value.isAbsent else { return false }
        result.append(value)
        return true
    }
}

/// One event of the mixture: a system call of one of a few processes.
struct SyntheticEvent {
    enum Value {
        case text(String)
        case number(UInt64)
        case bool(Bool)
        case address(UInt32)
    }

    var type: String
    var number: Int
    var process: Int
    var file: Int

    private static let processes = [
        (name: "nginx", path: "/usr/sbin/nginx", line: "nginx -g daemon off;", container: "host"),
        (name: "python3", path: "/usr/bin/python3", line: "python3 /srv/app.py --port 80", container: "3ad7b26ded6d"),
        (name: "bash", path: "/bin/bash", line: "bash -c ls -la /home/user", container: "host"),
        (name: "node", path: "/usr/local/bin/node", line: "node server.js", container: "aaaaaaaaaaaa"),
        (name: "postgres", path: "/usr/lib/postgresql/15/bin/postgres", line: "postgres: writer", container: "host"),
    ]
    private static let files = [
        "/usr/lib/x86_64-linux-gnu/libc.so.6", "/etc/ld.so.cache", "/var/log/app/access.log", "/proc/self/status",
        "/tmp/work/file.txt", "/dev/null", "/srv/data/base/16384/2619",
        "/srv/shop/node_modules/express/index.js",
    ]
    /// How many of a hundred events are of a type.
    private static let shares = [
        ("openat", 25), ("read", 20), ("close", 20), ("write", 10), ("fstat", 5), ("mmap", 5), ("execve", 3),
        ("connect", 4), ("sendto", 3), ("clone", 2), ("unlinkat", 1), ("renameat", 1), ("fchmodat", 1),
    ]

    /// The names of the types there are.
    static var types: [String] { shares.map(\.0) }

    static func mixture(_ eventTypes: EventTypeTable, count: Int) -> [SyntheticEvent] {
        var state: UInt64 = 1
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(limit))
        }
        return (0..<count).map { _ in
            var share = random(100)
            let type = shares.first { entry in
                share -= entry.1
                return share < 0
            }
            let name = type?.0 ?? "openat"
            return SyntheticEvent(
                type: name,
                number: eventTypes.types(named: name).last ?? 0,
                process: random(processes.count),
                file: random(files.count)
            )
        }
    }

    private var isNetwork: Bool { type == "connect" || type == "sendto" }

    func value(of field: String) -> Value? {
        let process = Self.processes[process]
        switch field {
        case "proc.name": return .text(process.name)
        case "proc.exe", "proc.exepath": return .text(process.path)
        case "proc.pname", "proc.aname", "proc.sname": return .text("systemd")
        case "proc.cmdline", "proc.args", "proc.exeline": return .text(process.line)
        case "proc.pcmdline", "proc.pexe", "proc.pexepath": return .text("/lib/systemd/systemd --system")
        case "container.id": return .text(process.container)
        case "container.image.repository": return process.container == "host" ? nil : .text("docker.io/library/app")
        case "user.name", "user.loginname": return .text("root")
        case "user.uid", "proc.tty", "group.gid": return .number(0)
        case "user.loginuid": return .number(.max)
        case "evt.rawres", "fd.num": return .number(5)
        case "evt.res": return .text("SUCCESS")
        case "evt.type", "syscall.type": return .text(type)
        case "evt.arg": return .text("O_RDONLY|O_CLOEXEC")
        case "evt.is_open_read": return type == "openat" ? .bool(true) : nil
        case "evt.is_open_write": return type == "openat" ? .bool(file % 4 == 2) : nil
        case "evt.is_open_exec": return type == "openat" ? .bool(false) : nil
        default: return field.hasPrefix("fd.") ? descriptor(field) : nil
        }
    }

    private func descriptor(_ field: String) -> Value? {
        let path = Self.files[file]
        switch field {
        case "fd.name", "fd.nameraw": return .text(isNetwork ? "10.0.0.5:45678->10.0.0.9:5432" : path)
        case "fd.directory": return .text(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        case "fd.filename": return .text(String(path.split(separator: "/").last ?? ""))
        case "fd.typechar": return .text(isNetwork ? "4" : "f")
        case "fd.type": return .text(isNetwork ? "ipv4" : "file")
        case "fd.l4proto": return isNetwork ? .text("tcp") : nil
        case "fd.sip", "fd.cip", "fd.rip", "fd.net", "fd.snet", "fd.ip": return isNetwork ? .address(0x0A00_0009) : nil
        case "fd.sport", "fd.rport", "fd.port": return isNetwork ? .number(5432) : nil
        case "fd.lport", "fd.cport": return isNetwork ? .number(45_678) : nil
        default: return nil
        }
    }
}
