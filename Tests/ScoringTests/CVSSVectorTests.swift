// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Scoring
import Testing

struct `CVSS vectors` {
    @Test(arguments: [
        ("CVSS:3.1/AV:N/AC:H/PR:H/S:C/C:H/I:H/A:N", CVSSError.Code.missing, "UI"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:P/VC:N/VI:N/VA:N/SC:N/SI:N", .missing, "SA"),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:/C:N/I:L/A:N", .empty, "S"),
        ("AV:L/ZZ:N/AC:L/Au:N/C:C/I:C/A:N", .unknown, "ZZ"),
        ("CVSS:3.0/AV:N/AC:L/PR:H/UI:N/S:U/C:N/I:L/A:L/C:N", .duplicate, "C"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:S", .value, "SA"),
        ("CVSS:3.1/av:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", .unknown, "av"),
        ("CVSS:9.9/AV:N/AC:L/PR:H/UI:N/S:U/C:N/I:L/A:L", .prefix, ""),
        ("CVSS:3.1", .prefix, ""),
        ("", .prefix, ""),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/", .malformed, ""),
        ("AV:N/AC:L/Au:N/C:C/I:N/A=C", .malformed, ""),
        ("(AV:N/AC:L/Au:N/C:C/I:N/A:C", .malformed, ""),
        ("AV:N/AC:L/Au:N/C:C/I:N/A:C)", .malformed, ""),
        ("CVSS:3.1/AV:N:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", .value, "AV"),
        (" CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", .unknown, "?CVSS"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/SC:N/VI:H/SI:N/VA:H/SA:N", .order, "VI"),
        ("AC:L/AV:N/Au:N/C:N/I:N/A:C", .order, "AV"),
    ])
    func `names what is wrong`(text: String, code: CVSSError.Code, metric: String) {
        let error = #expect(throws: CVSSError.self) { try CVSSVector(parsing: text) }
        #expect(error?.code == code)
        #expect(error?.metric == metric)
    }

    @Test func `an error has the byte where it starts`() {
        let error = #expect(throws: CVSSError.self) {
            try CVSSVector(parsing: "CVSS:3.1/AV:N/AC:Q/PR:N/UI:N/S:U/C:N/I:N/A:H")
        }
        #expect(error?.offset == 17)
    }

    @Test func `metrics of 3.1 may stand in any order`() throws {
        let ordered = try CVSSVector(parsing: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/MAV:P")
        let shuffled = try CVSSVector(parsing: "CVSS:3.1/MAV:P/S:U/AV:N/A:H/AC:L/PR:N/UI:N/C:N/I:N")
        #expect(ordered == shuffled)
        #expect(shuffled.canonicalText == "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/MAV:P")
    }

    @Test func `a vector of 4.0 in another order is read when that is allowed`() throws {
        let text = "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/SC:N/VI:H/SI:N/VA:H/SA:N"
        let vector = try CVSSVector(parsing: text, order: .any)
        #expect(vector.scores.base.description == "8.7")
        #expect(vector.canonicalText == "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N")
    }

    @Test func `says in words what a vector means`() throws {
        let vector = try CVSSVector(
            parsing: "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:A/VC:H/VI:L/VA:N/SC:N/SI:N/SA:N/E:P/MSI:S/U:Amber"
        )
        let words = vector.explanation.map(\.description)
        #expect(words.first == "Attack Vector: Network")
        #expect(words.contains("Modified Integrity Impact on Subsequent Systems: Safety"))
        #expect(words.last == "Provider Urgency: Amber")
        #expect(vector.explanation.map(\.metric.group).suffix(3) == [.threat, .environmental, .supplemental])
    }

    @Test(arguments: CVSSVersion.allCases)
    func `every value of every metric is read back`(version: CVSSVersion) throws {
        let metrics = CVSSMetrics.of(version).all
        let longest = metrics.map(\.values.count).max() ?? 0
        for round in 0..<longest {
            let parts = metrics.map { metric in
                "\(metric.abbreviation):\(metric.values[round % metric.values.count].abbreviation)"
            }
            let text = (version == .v2 ? "" : "CVSS:\(version.rawValue)/") + parts.joined(separator: "/")
            #expect(try CVSSVector(parsing: text).canonicalText == text)
        }
    }

    @Test func `mutated vectors are read or refused, never more`() throws {
        var random = SeededRandom(seed: 4)
        let vectors = [
            "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:A/VC:H/VI:L/VA:N/SC:N/SI:N/SA:N/E:P/MSI:S/U:Amber",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:P/RL:O/RC:R/CR:M/MPR:H",
            "(AV:N/AC:L/Au:N/C:C/I:N/A:C/E:POC/RL:OF/RC:UC/CDP:LM/TD:H/CR:M/IR:M/AR:H)",
        ]
        for round in 0..<30_000 {
            var bytes = Array(vectors[round % vectors.count].utf8)
            for _ in 0...random.below(3) {
                mutate(&bytes, by: &random)
            }
            do throws(CVSSError) {
                let vector = try bytes.withUnsafeBufferPointer { buffer throws(CVSSError) in
                    try CVSSVector(bytes: buffer, order: .any)
                }
                let again = try CVSSVector(parsing: vector.canonicalText)
                #expect(again == vector)
            } catch {
                #expect((0...bytes.count).contains(error.offset))
            }
        }
    }

    private func mutate(_ bytes: inout [UInt8], by random: inout SeededRandom) {
        let place = random.below(bytes.count + 1)
        switch random.below(4) {
        case 0 where place < bytes.count: bytes[place] = UInt8(random.below(256))
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2: bytes.insert(Array(":/()XNHA".utf8)[random.below(8)], at: place)
        default:
            let from = random.below(bytes.count + 1)
            bytes.insert(contentsOf: bytes[min(from, place)..<max(from, place)], at: place)
        }
    }
}
