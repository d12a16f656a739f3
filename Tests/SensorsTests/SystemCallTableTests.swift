// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Sensors
@testable import SystemCapture

@Suite struct SystemCallTableTests {
    private var entries: [SystemCallTable.Entry] { SystemCallTable().entries.compactMap { $0 } }

    @Test func `every line of the table is understood`() {
        let lines = SystemCallTable.text.description.split(separator: "\n")
        #if arch(x86_64)
        let column = 1
        #else
        let column = 2
        #endif
        let expected = lines.filter { $0.split(separator: " ")[column] != "-" }
        #expect(entries.count == expected.count)
        for line in expected {
            let words = line.split(separator: " ")
            let entry = entries.first { $0.name == words[0] }
            #expect(entry?.recipe.count == words.count - 5, "\(words[0])")
        }
    }

    @Test func `events have the parameters that captures have`() {
        let schema = EventSchema.shared
        for entry in entries where !entry.recipe.isEmpty {
            #expect(schema.types[Int(entry.event)].name.text == Self.eventName(entry.name), "\(entry.name)")
            #expect(entry.recipe.count == schema.parameters(of: entry.event).count, "\(entry.name)")
        }
    }

    /// Both calls that accept have the events of their own; others have that of their name.
    private static func eventName(_ call: String) -> String { call }

    @Test func `system calls can be left out`() {
        let few = SystemCallTable { $0 == "connect" }
        #expect(few.entries.compactMap { $0?.name } == ["connect"])
        #expect(few.shapes.filter { $0 != 0 }.count == 1)
    }

    @Test func `opened files wait behind what starts and connects`() {
        let table = SystemCallTable()
        for entry in table.entries.compactMap({ $0 }) {
            let isData = entry.shape & 0x80 != 0
            #expect(
                isData == ["open", "openat", "openat2", "creat", "close", "sendto", "sendmsg"].contains(entry.name)
            )
        }
    }
}
