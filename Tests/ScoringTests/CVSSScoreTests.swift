// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import TestSupport
import Testing

@testable import Scoring

@Suite(.enabled(if: TestData.available("vuln/cvss/vectors.jsonl", for: "CVSS scores of 1,300 vectors")))
struct `CVSS scores of 1,300 vectors` {
    @Test func `all are as they should be`() throws {
        let lines = try Data(contentsOf: TestData.url("vuln/cvss/vectors.jsonl")).split(separator: 0x0A)
        var wrong: [String] = []
        for line in lines {
            let row = try JSONReader.read(Array(line))
            let text = try #require(row["vector"]?.text)
            if !isRight(text, row) { wrong.append(text) }
        }
        #expect(lines.count == 1300)
        #expect(wrong.isEmpty)
    }

    private func isRight(_ text: String, _ row: JSONValue) -> Bool {
        do throws(CVSSError) {
            let vector = try CVSSVector(parsing: text)
            let scores = vector.scores
            return row["error"] == nil && row["version"]?.text == vector.version.rawValue
                && row["base"]?.double == scores.base.number && row["threat"]?.double == scores.threat?.number
                && row["environmental"]?.double == scores.environmental?.number
        } catch {
            // In the data "prefix" also stands for "=" in place of the first colon of version 2.0.
            let name = error.code == .malformed ? "prefix" : error.code.rawValue
            return row["error"]?.text == name
        }
    }
}

struct `CVSS scores` {
    @Test(arguments: [
        // Versions 3.0 and 3.1 differ in the modified impact where the scope changes, and in rounding.
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H/CR:H", "10.0", nil, "10.0"),
        ("CVSS:3.1/AV:P/AC:H/PR:L/UI:R/S:U/C:N/I:N/A:N", "0.0", nil, nil),
        // An adjusted base score below zero is not cut off before the environment adds to it.
        ("AV:L/AC:H/Au:M/C:N/I:N/A:P/E:ND/RL:ND/RC:C/CDP:MH/TD:H/CR:M/IR:ND/AR:L", "0.8", "0.8", "3.9"),
        // The unadjusted impact of version 2.0 may pass ten.
        ("AV:L/AC:L/Au:N/C:C/I:C/A:C", "7.2", nil, nil),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "9.3", nil, nil),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", "0.0", nil, nil),
        // Metrics that are not defined set no group.
        ("CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:P/VC:H/VI:L/VA:L/SC:L/SI:L/SA:L/E:X/MAV:X", "6.9", nil, nil),
    ])
    func `are exact`(text: String, base: String, threat: String?, environmental: String?) throws {
        let scores = try CVSSVector(parsing: text).scores
        #expect(scores.base.description == base)
        #expect(scores.threat?.description == threat)
        #expect(scores.environmental?.description == environmental)
    }

    /// The only number that is not exact is a power of 60 binary digits; it matters only where a sum lies on the
    /// edge of a tenth.
    @Test func `no vector of 3.0 or 3.1 with a changed scope lies near the edge of a tenth`() throws {
        var nearest = Int.max
        for version in [CVSSVersion.v30, .v31] {
            for text in changedScopes(version) {
                let vector = try CVSSVector(parsing: text)
                for (sum, isExact) in CVSS3Equations.sums(of: vector) where !isExact {
                    let edge = CVSS3Equations.one / 10
                    let over = (version == .v30 ? sum : sum - CVSS3Equations.one / 200_000) % edge
                    nearest = min(nearest, min(over, edge - over))
                }
            }
        }
        // In multiples of 10^-15; the power is off by less than 100.
        #expect(nearest > 1_000_000)
    }

    /// All vectors with a changed scope that differ in what the equations see.
    private func changedScopes(_ version: CVSSVersion) -> [String] {
        var texts: [String] = []
        let impacts = ["C:N", "C:L", "C:H"]
        let required = ["X", "L", "H"]
        for vector in "NALP" {
            for access in ["L/PR:N", "L/PR:L", "L/PR:H", "H/PR:N", "H/PR:L", "H/PR:H"] {
                for interaction in "NR" {
                    for index in 0..<729 {
                        let impact = [index % 3, index / 3 % 3, index / 9 % 3].map { impacts[$0].suffix(1) }
                        let need = [index / 27 % 3, index / 81 % 3, index / 243].map { required[$0] }
                        texts.append(
                            "CVSS:\(version.rawValue)/AV:\(vector)/AC:\(access)/UI:\(interaction)/S:C/C:\(impact[0])"
                                + "/I:\(impact[1])/A:\(impact[2])/CR:\(need[0])/IR:\(need[1])/AR:\(need[2])"
                        )
                    }
                }
            }
        }
        return texts
    }

    @Test func `bands are those of the version`() {
        #expect(CVSSScore(tenths: 0).severity(in: .v31) == .none)
        #expect(CVSSScore(tenths: 39).severity(in: .v4) == .low)
        #expect(CVSSScore(tenths: 40).severity(in: .v4) == .medium)
        #expect(CVSSScore(tenths: 69).severity(in: .v30) == .medium)
        #expect(CVSSScore(tenths: 89).severity(in: .v31) == .high)
        #expect(CVSSScore(tenths: 90).severity(in: .v31) == .critical)
        #expect(CVSSScore(tenths: 100).severity(in: .v2) == .high)
        #expect(CVSSScore(tenths: 0).severity(in: .v2) == .low)
    }

    @Test func `a published number is a score only with one decimal in range`() {
        #expect(CVSSScore(9.8)?.tenths == 98)
        #expect(CVSSScore(9.85) == nil)
        #expect(CVSSScore(-0.1) == nil)
        #expect(CVSSScore(10.1) == nil)
        #expect(CVSSScore(.nan) == nil)
    }

    @Test func `tells which group a claimed base score belongs to`() throws {
        let vector = try CVSSVector(
            parsing: "CVSS:3.1/AV:A/AC:H/PR:N/UI:R/S:U/C:H/I:L/A:N/RC:R/IR:H/MAV:X/MUI:X/MC:H"
        )
        #expect(CVSSLint(claimed: CVSSScore(tenths: 54), for: vector) == .right)
        #expect(CVSSLint(claimed: CVSSScore(tenths: 52), for: vector) == .threatScore)
        #expect(CVSSLint(claimed: CVSSScore(tenths: 56), for: vector) == .environmentalScore)
        let wrong = CVSSLint(claimed: CVSSScore(tenths: 20), for: vector)
        #expect(wrong == .wrong)
        #expect(
            wrong.message(claimed: CVSSScore(tenths: 20), for: vector)
                == "2.0 is not a score of the vector; its base score is 5.4"
        )
    }

    @Test(arguments: [
        (
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N\r",
            #"{"version":"4.0","base":9.3,"threat":null,"environmental":null,"severity":"critical"}"#
        ),
        (
            "AV:N/AC:H/Au:N/C:C/I:P/A:C/E:POC/RL:U/RC:UR/CDP:MH/TD:L/CR:ND/IR:ND/AR:M",
            #"{"version":"2.0","base":7.3,"threat":6.2,"environmental":1.9,"severity":"high"}"#
        ),
        ("CVSS:3.1/AV:N", #"{"error":"missing: the metric AC is missing","offset":13}"#),
        ("", #"{"error":"prefix: the prefix is none of CVSS:3.0, CVSS:3.1 and CVSS:4.0","offset":0}"#),
    ])
    func `one line of output for one of input`(line: String, output: String) {
        var json = JSONWriter()
        CVSSLine.write(line.utf8, to: &json)
        #expect(String(decoding: json.bytes, as: UTF8.self) == output + "\n")
    }
}
