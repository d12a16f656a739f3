// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Console
internal import ConsoleFixtures
internal import DefenseModel
internal import Foundation
internal import Policy

// A console full of samples on a free port, for tests with a browser. Prints its address once it serves; ends when its
// standard input does.
var settings = ConsoleSettings()
settings.port = 0
let world = try await ConsoleWorld(settings)
let now = Clock.now()
if CommandLine.arguments.contains("--empty") {
    say("start \(try await world.access.makeFirstLink(at: now).text)")
} else {
    try await world.addUsers()
    let count = CommandLine.arguments.compactMap { Int($0) }.first ?? 4000
    try world.addFindings(until: now)
    try await world.record(Sample.day(until: now, requests: count))
    let author = Authorship("admin", because: "rehearsed for a week: nobody would be stopped", at: now)
    let changes: [PolicyChange] = [
        .setMode(ModeSetting(Scope(.webFirewall, .application("blog")), .enforce, canary: 25, by: author)),
        .block(
            EntityBlock(
                try Entity(parsing: "203.0.113.66"),
                by: Authorship("admin", because: "SQL injection on /search for an hour", at: now),
                expires: now + 86_400_000_000_000
            )
        ),
        .neverBlock(NeverBlock(try Entity(parsing: "10.0.0.0/8"), .listed, by: author)),
    ]
    for change in changes { _ = try await world.ledger.apply(change, author, nil) }
}
let console = world.console
let server = Task.detached { try await console.run { address in say("console \(address)") } }
while readLine() != nil {}
server.cancel()
await world.close()

/// Prints at once, whatever standard output is.
nonisolated func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
