// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import FalcoRules

/// Makes programs and events for tests.
enum MatcherFixture {
    static func program(_ conditions: [String], usesProcessStamps: Bool = true) throws -> RuleProgram {
        var text = ""
        for (place, condition) in conditions.enumerated() {
            text += "- rule: r\(place)\n  desc: d\n  output: x\n  priority: INFO\n  condition: >\n    \(condition)\n"
        }
        var loader = RuleLoader(sources: TestSources.all)
        let result = loader.load(name: "test.yaml", content: Array(text.utf8))
        try #require(result.errors.map(\.message) == [], "\(conditions)")
        return try #require(RuleProgram(loader, source: "syscall", usesProcessStamps: usesProcessStamps))
    }

    static func eventType(_ name: String) -> Int {
        EventTypeFixture.table.types(named: name).last ?? 0
    }

    static func matches(
        _ condition: String,
        _ values: [String: TableFieldReader.Value],
        type: String = "openat"
    ) throws -> Bool {
        let program = try program([condition])
        var matcher = RuleMatcher<TableFieldReader>(program)
        var reader = TableFieldReader(program)
        reader.read(values, eventType: eventType(type))
        return matcher.match(&reader) == 1
    }
}

@Suite
struct RuleMatcherTests {
    typealias Value = TableFieldReader.Value

    private static let event: [String: Value] = [
        "proc.name": .text("cat"), "proc.pname": .text("cat"), "proc.cmdline": .text("cat -n /etc/Shadow"),
        "fd.name": .text("/etc/pam.d/login"), "proc.pid": .signed(-5), "user.uid": .unsigned(1000),
        "evt.is_open_read": .bool(true), "fd.sport": .unsigned(443), "fd.sip": .ipv4(0x0A01_0203),
        "fd.cip": .ipv6(0x2001_0DB8 << 96 | 5), "fd.ip": .list([.ipv4(0x0A01_0203), .ipv4(0x7F00_0001)]),
        "fd.net": .list([.ipv4(0x0A01_0203), .ipv4(0x7F00_0001)]),
        "fd.port": .list([.unsigned(443), .unsigned(50_000)]),
        "proc.aname": .list([.text("bash"), .text("sshd")]), "proc.aname[2]": .text("sshd"),
        "fd.types": .list([.text("file"), .text("ipv4")]), "evt.arg.flags": .text("O_RDONLY|O_CLOEXEC"),
        "evt.buffer": .bytes([0, 1, 0x41, 0xFF]), "proc.fdusage": .double(0.5), "evt.rawarg.mode": .unsigned(8),
        "proc.args": .text("-n -o out file"), "proc.cwd": .text("aGVsbG8="),
    ]

    @Test(arguments: [
        ("proc.name = cat", true), ("proc.name != cat", false), ("proc.name in (dog, cat)", true),
        ("not proc.name in (dog, bird)", true), ("proc.exe != x", false), ("not proc.exe = x", true),
        ("proc.exe exists", false), ("proc.name exists", true), ("proc.name startswith c", true),
        ("proc.name startswith cats", false), ("proc.name endswith at", true), ("proc.cmdline contains /etc/", true),
        ("proc.cmdline contains shadow", false), ("proc.cmdline icontains SHADOW", true),
        ("proc.cmdline glob cat*[Ss]hadow", true), ("proc.cmdline iglob CAT*SHADOW", true),
        ("proc.name glob c?t", true), ("proc.name regex 'c.*'", true), ("proc.name regex a", false),
        ("fd.name pmatch (/etc/pam.d)", true), ("fd.name pmatch (/etc/pam)", false),
        ("fd.name pmatch (/etc/*.d)", true),
        ("fd.name pmatch (/etc/pam.d/login/x)", false), ("fd.name pmatch (/usr, /etc/)", true),
        ("proc.pid = -5", true), ("proc.pid < 0", true), ("proc.pid > -5", false), ("user.uid >= 0x3E8", true),
        ("user.uid in (1, 2, 3, 4, 5, 6, 7, 8, 9, 1000)", true), ("evt.is_open_read = true", true),
        ("fd.sport = https", true), ("fd.sport in (80, 443)", true), ("fd.sip = 10.1.2.3", true),
        ("fd.sip = '::1'", false), ("fd.sip != '::1'", true), ("fd.cip = '2001:db8::5'", true),
        ("fd.ip = 127.0.0.1", true), ("fd.ip != 127.0.0.1", false), ("fd.ip != 9.9.9.9", true),
        ("fd.net = 10.0.0.0/8", true), ("fd.net in (192.168.0.0/16)", false), ("fd.port = 50000", true),
        ("proc.aname = sshd", true), ("proc.aname in (x, bash)", true), ("proc.aname != sshd", true),
        ("proc.aname[2] = sshd", true), ("proc.aname startswith ss", true), ("proc.aname = cat", false),
        ("fd.types in (file, ipv4, pipe)", true), ("fd.types in (file)", false), ("fd.types intersects (ipv4)", true),
        ("evt.arg.flags contains O_CLOEXEC", true), ("evt.arg[flags] contains O_CREAT", false),
        ("evt.buffer bcontains 0141", true), ("evt.buffer bstartswith 00", true), ("evt.buffer contains B", false),
        ("proc.fdusage > 0.25", true), ("evt.rawarg.mode = 8", true), ("evt.rawarg.mode > 9", false),
        ("proc.name = val(proc.pname)", true), ("proc.name != val(proc.pname)", false),
        ("proc.name = val(proc.exe)", false), ("proc.cmdline startswith val(proc.name)", true),
        ("toupper(proc.name) = CAT", true), ("tolower(proc.cmdline) endswith shadow", true),
        ("basename(fd.name) = login", true), ("b64(proc.cwd) = hello", true), ("len(proc.name) = 3", true),
        ("len(fd.types) = 2", true), ("concat(proc.name, \"-\", user.uid) = cat-1000", true),
        ("join(\",\", (proc.name, proc.pname)) = 'cat,cat'", true), ("join(\"+\", fd.types) = file+ipv4", true),
        ("getopt(proc.args, \"no:\")[o] = out", true), ("getopt(proc.args, \"no:\")[n] exists", true),
        ("getopt(proc.args, \"no:\")[x] exists", false),
        ("fd.name startswith anyof (/usr, /etc)", true), ("proc.cmdline contains allof (cat, Shadow)", true),
        ("proc.cmdline contains oneof (cat, Shadow)", false), ("proc.cmdline contains oneof (dog, Shadow)", true),
        ("proc.name = anyof (dog, cat)", true), ("proc.name != allof (dog, bird)", true),
        ("evt.type = openat", true), ("evt.type in (open, read)", false), ("not evt.type = openat", false),
        ("evt.dir = <", true), ("evt.num = 0", false), ("evt.arg.uid = 5", false), ("syscall.type = openat", true),
        ("proc.name > 5", true), ("proc.name < 5", false), ("proc.name startswith ''", true),
        ("proc.exe contains ''", false),
    ])
    func `operators mean what the language says`(condition: String, expected: Bool) throws {
        #expect(try MatcherFixture.matches("evt.type exists and " + condition, Self.event) == expected, "\(condition)")
    }

    @Test
    func `all matching rules fire, in their order, and none for other types of events`() throws {
        let program = try MatcherFixture.program([
            "evt.type=openat and proc.name=cat and fd.name startswith /etc",
            "evt.type in (open, openat) and proc.name=cat",
            "evt.type=close and proc.name=cat",
            "evt.type=openat and proc.name=dog",
            "proc.name=cat",
        ])
        var matcher = RuleMatcher<TableFieldReader>(program)
        var reader = TableFieldReader(program)
        reader.read(Self.event, eventType: MatcherFixture.eventType("openat"), processStamp: 7)
        let count = matcher.match(&reader)
        #expect((0..<count).map { matcher.match($0) } == [0, 1, 4])
        reader.read(Self.event, eventType: MatcherFixture.eventType("read"), processStamp: 7)
        #expect(matcher.match(&reader) == 1)
        reader.read(["proc.name": .text("dog")], eventType: MatcherFixture.eventType("openat"), processStamp: 8)
        #expect(matcher.match(&reader) == 1)
        #expect(matcher.match(0) == 3)
    }

    @Test
    func `answers about a process are forgotten when its stamp changes`() throws {
        let program = try MatcherFixture.program(["evt.type=openat and (proc.name=cat or proc.name=bird)"])
        var matcher = RuleMatcher<TableFieldReader>(program)
        var reader = TableFieldReader(program)
        let type = MatcherFixture.eventType("openat")
        for stamp in 1...2000 as ClosedRange<UInt64> {
            let name = stamp.isMultiple(of: 2) ? "cat" : "dog"
            for _ in 0..<2 {
                reader.read(["proc.name": .text(name)], eventType: type, processStamp: stamp)
                #expect(matcher.match(&reader) == (name == "cat" ? 1 : 0))
            }
        }
        reader.read(["proc.name": .text("cat")], eventType: type, processStamp: 0)
        #expect(matcher.match(&reader) == 1)
        reader.read(["proc.name": .text("dog")], eventType: type, processStamp: 0)
        #expect(matcher.match(&reader) == 0)
    }

    @Test
    func `thousands of tests on one field are told apart`() throws {
        let conditions = (0..<4200).map { "evt.type=openat and (proc.name=p\($0) or fd.name startswith /d\($0)/)" }
        let program = try MatcherFixture.program(conditions)
        var matcher = RuleMatcher<TableFieldReader>(program)
        var reader = TableFieldReader(program)
        for place in [0, 63, 64, 4095, 4096, 4199] {
            let values: [String: Value] = ["proc.name": .text("p\(place)"), "fd.name": .text("/d\(4199 - place)/x")]
            reader.read(values, eventType: MatcherFixture.eventType("openat"), processStamp: UInt64(place + 1))
            let count = matcher.match(&reader)
            #expect((0..<count).map { matcher.match($0) } == [place, 4199 - place].sorted())
        }
    }

    @Test
    func `an explanation shows values and outcomes`() throws {
        let program = try MatcherFixture.program(["evt.type=openat and proc.name=dog and not fd.name startswith /usr"])
        var matcher = RuleMatcher<TableFieldReader>(program)
        var reader = TableFieldReader(program)
        reader.read(Self.event, eventType: MatcherFixture.eventType("openat"))
        let explanation = matcher.explain(0, &reader)
        #expect(!explanation.holds)
        let lines = explanation.lines
        #expect(lines.contains("  - proc.name in (dog)   [cat]"), "\(lines)")
        #expect(lines.contains("  + not"))
        #expect(lines.contains("    - fd.name startswith /usr   [/etc/pam.d/login]"))
    }

    @Test
    func `alerts carry the message and the fields`() throws {
        let text = """
            - rule: opened
              desc: d
              condition: evt.type=openat
              output: "opened %fd.name. by %-6proc.name|%6proc.name|%3proc.cmdline uid=%user.uid exe=%proc.exe up=%toupper(proc.name)"
              priority: WARNING
              tags: [b, a]
            """.replacing("%-6", with: "%")
        var loader = RuleLoader(sources: TestSources.all)
        let result = loader.load(name: "a.yaml", content: Array(text.utf8))
        #expect(result.errors.map(\.message) == [])
        let program = try #require(RuleProgram(loader, source: "syscall"))
        var matcher = RuleMatcher<TableFieldReader>(program)
        var reader = TableFieldReader(program)
        var event = Self.event
        event["fd.name"] = .bytes([0x2F, 0xFF])
        reader.read(event, eventType: MatcherFixture.eventType("openat"))
        #expect(matcher.match(&reader) == 1)
        let alert = matcher.alert(0, time: 1_700_000_000_123_456_789, hostname: "h", &reader)
        #expect(alert.message == "opened /\u{FFFD}. by cat|cat   |cat uid=1000 exe=<NA> up=CAT")
        #expect(alert.line.hasPrefix("22:13:20.123456789: Warning opened"))
        let json = String(decoding: alert.json, as: UTF8.self)
        #expect(json.contains(#""time":"2023-11-14T22:13:20.123456789Z""#))
        #expect(json.contains(#""user.uid":1000,"proc.exe":null,"toupper(proc.name)":"CAT""#))
        #expect(json.contains(#""priority":"Warning","rule":"opened","source":"syscall","tags":["a","b"]"#))
    }
}

/// Compares the compiled program with a plain evaluation of the same conditions, on random conditions and events.
@Suite
struct RuleMatcherPropertyTests {
    @Test(arguments: 0..<40)
    func `compiled rules answer as the plain reading of their conditions does`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) &* 7919 &+ 3)
        let conditions = (0..<12).map { _ in RandomCondition.condition(&random, depth: 4) }
        let program = try MatcherFixture.program(conditions, usesProcessStamps: seed.isMultiple(of: 2))
        let nodes = try conditions.map { try ConditionParser.parse(Array($0.utf8)) }
        var matcher = RuleMatcher<TableFieldReader>(program)
        var reader = TableFieldReader(program)
        for round in 0..<60 {
            let event = RandomCondition.event(&random)
            let name = ["openat", "close", "execve"][Int(random.next() % 3)]
            reader.read(event, eventType: MatcherFixture.eventType(name), processStamp: UInt64(round + 1))
            let count = matcher.match(&reader)
            let fired = Set((0..<count).map { matcher.match($0) })
            for (place, node) in nodes.enumerated() {
                let expected = RandomCondition.holds(node, event, name)
                #expect(fired.contains(place) == expected, "\(conditions[place]) on \(event) \(name)")
            }
            for place in nodes.indices {
                #expect(
                    matcher.explain(place, &reader).holds == fired.contains(place),
                    "explained \(conditions[place])"
                )
            }
        }
    }
}

/// A small generator of reproducible numbers.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Random conditions over few fields and values, and what they mean.
enum RandomCondition {
    private static let fields = ["proc.name", "fd.name", "proc.pname", "proc.cmdline"]
    private static let words = ["/a", "/a/b", "/a/bc", "b", "ab", "/b/a", "aa", "/a/b/c"]

    static func condition(_ random: inout SeededRandom, depth: Int) -> String {
        guard depth > 0, random.next() % 4 != 0 else { return check(&random) }
        switch random.next() % 3 {
        case 0: return "not (\(condition(&random, depth: depth - 1)))"
        case 1:
            let parts = (0..<(2 + random.next() % 3)).map { _ in "(\(condition(&random, depth: depth - 1)))" }
            return parts.joined(separator: " and ")
        default:
            let parts = (0..<(2 + random.next() % 3)).map { _ in "(\(condition(&random, depth: depth - 1)))" }
            return parts.joined(separator: " or ")
        }
    }

    private static func check(_ random: inout SeededRandom) -> String {
        func word() -> String { words[Int(random.next() % UInt64(words.count))] }
        if random.next() % 5 == 0 {
            return ["evt.type = openat", "evt.type in (close, openat)", "evt.type != execve"][Int(random.next() % 3)]
        }
        let field = fields[Int(random.next() % UInt64(fields.count))]
        switch random.next() % 9 {
        case 0: return "\(field) = \(word())"
        case 1: return "\(field) != \(word())"
        case 2: return "\(field) in (\(word()), \(word()))"
        case 3: return "\(field) startswith \(word())"
        case 4: return "\(field) endswith \(word())"
        case 5: return "\(field) contains \(word())"
        case 6: return "\(field) pmatch (\(word()), \(word()))"
        case 7: return "\(field) icontains \(word())"
        default: return "\(field) exists"
        }
    }

    static func event(_ random: inout SeededRandom) -> [String: TableFieldReader.Value] {
        var event: [String: TableFieldReader.Value] = [:]
        for field in fields where random.next() % 4 != 0 {
            var text = words[Int(random.next() % UInt64(words.count))]
            if random.next() % 2 == 0 {
                text += words[Int(random.next() % UInt64(words.count))]
            }
            event[field] = .text(random.next() % 8 == 0 ? text.uppercased() : text)
        }
        return event
    }

    static func holds(_ node: ConditionNode, _ event: [String: TableFieldReader.Value], _ type: String) -> Bool {
        switch node {
        case .and(let parts): return parts.allSatisfy { holds($0, event, type) }
        case .or(let parts): return parts.contains { holds($0, event, type) }
        case .not(let part): return !holds(part, event, type)
        case .macro: return false
        case .check(let check): return holds(check, event, type)
        }
    }

    private static func holds(
        _ check: ConditionCheck,
        _ event: [String: TableFieldReader.Value],
        _ type: String
    ) -> Bool {
        guard case .field(let name, _, _) = check.left else { return false }
        var text: String?
        if name == "evt.type" {
            text = type
        } else if case .text(let value)? = event[name] {
            text = value
        }
        guard let text else { return false }
        var values: [String] = []
        switch check.right {
        case .value(let value): values = [String(decoding: value, as: UTF8.self)]
        case .list(let list): values = list.map { String(decoding: $0, as: UTF8.self) }
        case .none, .operand: break
        }
        switch check.comparison {
        case .exists: return true
        case .equal, .inList: return values.contains(text)
        case .notEqual: return !values.contains(text)
        case .startsWith: return text.hasPrefix(values[0])
        case .endsWith: return text.hasSuffix(values[0])
        case .contains: return text.contains(values[0])
        case .containsCaseless: return text.lowercased().contains(values[0].lowercased())
        case .pathMatch:
            let path = text.split(separator: "/")
            return values.contains { path.starts(with: $0.split(separator: "/")) }
        default: return false
        }
    }
}
