// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SystemCapture
import Testing

@Suite("The schema of events")
struct EventSchemaTests {
    private let schema = EventSchema.shared

    private func names(_ type: UInt16) -> [String] {
        schema.parameters(of: type).map { $0.name.text }
    }

    @Test func `has all types`() {
        #expect(schema.types.count == 454)
        #expect(schema.types[293].name.text == "execve")
        #expect(schema.types[429].name.text == "setregid")
        #expect(schema.types[453].flags.contains(.unused))
    }

    @Test func `execve has 31 parameters`() {
        #expect(
            names(293) == [
                "res", "exe", "args", "tid", "pid", "ptid", "cwd", "fdlimit", "pgft_maj", "pgft_min", "vm_size",
                "vm_rss", "vm_swap", "comm", "cgroups", "env", "tty", "vpgid", "loginuid", "flags",
                "cap_inheritable", "cap_permitted", "cap_effective", "exe_ino", "exe_ino_ctime", "exe_ino_mtime",
                "uid", "trusted_exepath", "pgid", "gid", "filename",
            ]
        )
    }

    @Test func `exit events have the parameters of their enter events`() {
        #expect(names(5) == ["res", "fd"])
        #expect(names(19) == ["fd", "domain", "type", "proto"])
        #expect(names(307) == ["fd", "dirfd", "name", "flags", "mode", "dev", "ino"])
        #expect(names(31) == ["res", "data", "fd", "size", "tuple"])
    }

    @Test(arguments: [
        (13, 293), (289, 293), (103, 307), (105, 309), (11, 159), (57, 389), (16, 186), (146, 152),
    ])
    func `old types lead to the ones that replaced them`(old: Int, new: UInt16) {
        #expect(schema.types[old].successor == new)
        #expect(schema.types[old].flags.contains(.replaced))
    }

    @Test func `a name leads to all its types`() {
        #expect(schema.types(named: "openat") == [102, 103, 306, 307])
        #expect(schema.types(named: "no_such_call").isEmpty)
    }

    @Test func `enter events that rules see are the documented ones`() {
        let seen = schema.types.indices.filter { number in
            number % 2 == 0 && schema.types[number].flags.contains(.hasExit)
                && !schema.types[number].flags.contains(.hidden)
        }
        let names = Set(seen.map { schema.types[$0].name.text })
        #expect(names == ["open", "openat", "openat2", "creat", "execve", "execveat", "connect"])
    }

    @Test func `system calls have names by number`() {
        #expect(schema.systemCalls[0].text == "<unknown>")
        #expect(schema.systemCalls[342].text == "memfd_create")
        #expect(schema.systemCalls.count == 396)
    }
}
