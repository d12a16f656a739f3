// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import FalcoRules

@Suite
struct ConditionParserTests {
    private func shape(_ text: String) -> String {
        do throws(ConditionError) {
            return describe(try ConditionParser.parse(Array(text.utf8)))
        } catch {
            return "error at \(error.position.offset)"
        }
    }

    private func describe(_ node: ConditionNode) -> String {
        switch node {
        case .and(let children): "(\(children.map(describe).joined(separator: " & ")))"
        case .or(let children): "(\(children.map(describe).joined(separator: " | ")))"
        case .not(let child): "!\(describe(child))"
        case .macro(let name, _): name
        case .check(let check):
            describe(check.left) + " \(check.comparison.rawValue)"
                + (check.modifier.map { " \($0.rawValue)" } ?? "") + describe(check.right)
        }
    }

    private func describe(_ operand: ConditionOperand) -> String {
        switch operand {
        case .field(let name, let argument, _):
            name + (argument.map { "[\(String(decoding: $0, as: UTF8.self))]" } ?? "")
        case .transformed(let transformer, let operands, _, _):
            "\(transformer.rawValue){\(operands.map(describe).joined(separator: ","))}"
        case .text(let text): "'\(String(decoding: text, as: UTF8.self))'"
        case .number(let text): String(decoding: text, as: UTF8.self)
        case .list(let operands): "<\(operands.map(describe).joined(separator: ","))>"
        }
    }

    private func describe(_ right: ConditionCheck.Right) -> String {
        switch right {
        case .none: ""
        case .value(let value): " " + String(decoding: value, as: UTF8.self)
        case .list(let values): " [" + values.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",") + "]"
        case .operand(let operand): " val \(describe(operand))"
        }
    }

    @Test(arguments: [
        ("a and b or c and not d", "((a & b) | (c & !d))"),
        ("not not a", "a"),
        ("not(a or b)and(c)", "(!(a | b) & c)"),
        ("a or(b)", "(a | b)"),
        ("evt.type=open", "evt.type = open"),
        ("evt.dir=<", "evt.dir = <"),
        ("fd.num <= 0x1F", "fd.num <= 0x1F"),
        ("fd.num >= -1.5e+3", "fd.num >= -1.5e+3"),
        ("proc.name in(a, \"b c\",'d')", "proc.name in [a,b c,d]"),
        ("proc.name in ()", "proc.name in []"),
        ("proc.name in files", "proc.name in [files]"),
        ("proc.aname[2] exists", "proc.aname[2] exists"),
        ("jevt.value[/a/b] intersects (x)", "jevt.value[/a/b] intersects [x]"),
        ("proc.env['A B'] glob *x*", "proc.env[A B] glob *x*"),
        ("fd.name startswith anyof (a,b)", "fd.name startswith anyof [a,b]"),
        ("fd.name contains oneof", "fd.name contains oneof"),
        ("fd.name contains oneof and a", "(fd.name contains oneof & a)"),
        ("fd.name contains oneof names", "fd.name contains oneof [names]"),
        ("tolower(proc.name) = val(proc.pname)", "tolower{proc.name} = val proc.pname"),
        ("concat(proc.name, \"x\", 3) = a", "concat{proc.name,'x',3} = a"),
        ("join(\",\", (proc.name, 'b')) = a", "join{',',<proc.name,'b'>} = a"),
        ("proc.name = \"a\\\"\\x41\\ \"", "proc.name = a\"A\\"),
        ("notes", "notes"),
        ("a.b = a.a", "a.b = a.a"),
    ])
    func `conditions are read by the grammar`(text: String, expected: String) {
        #expect(shape(text) == expected)
    }

    @Test(arguments: [
        ("", 0), ("a and", 5), ("a andb", 5), ("(a", 2), ("proc.name =", 11), ("proc.name foo x", 10),
        ("proc.name in (a", 15), ("proc.name = \"a", 12), ("fd.num < x", 9), ("a b", 2), ("proc.name in (a,)", 16),
        ("proc.name = \"\\q\"", 14), ("proc.name = \"\\x00\"", 17),
    ])
    func `errors have a place`(text: String, offset: Int) {
        #expect(shape(text) == "error at \(offset)")
    }

    @Test
    func `nesting is bounded`() {
        let deep = String(repeating: "(", count: 200) + "a" + String(repeating: ")", count: 200)
        #expect(shape(deep) == "a")
        #expect(shape("(" + deep + ")").hasPrefix("error"))
        #expect(shape(String(repeating: "tolower(", count: 50_000)).hasPrefix("error"))
        #expect(shape(String(repeating: "not ", count: 50_001) + "a") == "!a")
    }
}
