// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension Transaction {
    /// How many bytes of debug messages one transaction may collect.
    static var maximumDebugLength: Int { 8 << 20 }

    /// How much searching for secrets one debug log is worth, in bytes looked at.
    private static var maximumSearch: Int { 256 << 20 }

    /// Adds a debug message; the text is only made where somebody listens.
    mutating func debug(_ level: Int = 9, _ message: @autoclosure () -> String) {
        guard context.collectsDebugLog, level <= debugLevel else {
            return
        }
        appendDebug(level, Array(message().utf8))
    }

    /// Adds a message that is there already.
    mutating func appendDebug(_ level: Int, _ text: [UInt8]) {
        guard level <= debugLevel, debugLength <= Self.maximumDebugLength else {
            return
        }
        debugLength += text.count
        let isLast = debugLength > Self.maximumDebugLength
        debugLog.append(
            isLast ? Array("[1] The debug log of this transaction is too long.".utf8) : Array("[\(level)] ".utf8) + text
        )
    }

    /// `ctl:debugLogLevel`; where the caller asked for all messages it gets them all.
    mutating func setDebugLevel(_ level: Int) {
        guard context.writesDebugLog else {
            return
        }
        debugLevel = min(level, 9)
        debugLevelChanges.append((first: debugLog.count, level: debugLevel))
        context.collectsDebugLog = debugLevel > 0
    }

    /// The debug messages as lines of a file: `[id] [path] [level] text`, each with its line feed.
    ///
    /// What is not printable is shown as `\xHH`. Secret values are starred out wherever they stand unchanged; what
    /// transformations made of them is not recognised.
    public var debugLogLines: [UInt8] {
        let prefix =
            [UInt8(ascii: "[")] + record.identifier + Array("] [".utf8)
            + LogText.escaped(record.decodedPath, limit: 200, quotes: true) + Array("] ".utf8)
        let secrets = secretValues + secretHeaderValues
        guard secrets.count * debugLength <= Self.maximumSearch else {
            return prefix + Array("[1] The debug log is left out: it holds too many secrets to mask.\n".utf8)
        }
        var changes = debugLevelChanges[...]
        var level = min(rules.settings.debugLogLevel, 9)
        var lines: [UInt8] = []
        for (number, message) in debugLog.enumerated() {
            while let change = changes.first, change.first <= number {
                level = change.level
                changes = changes.dropFirst()
            }
            // A caller that collects all messages may have more of them than the rules want in their file.
            guard message.count > 1, Int(message[1]) - 0x30 <= level else {
                continue
            }
            var text = message
            for secret in secrets {
                starOccurrences(of: secret, in: &text)
            }
            lines += prefix + LogText.escaped(text, limit: 8_192) + [0x0A]
        }
        return lines
    }
}
