// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Crypto
internal import DefenseModel

extension Transaction {
    /// Where a record goes that is kept in a file of its own: folder of the day, folder of the minute, file.
    ///
    /// `20231114`, `20231114-2213`, `20231114-221320-ID`, as ModSecurity names them.
    public var auditFilePath: [String] {
        let time = CivilTime(nanoseconds: startTime, offset: context.timeZoneOffset)
        let two = CivilTime.two
        let day = "\(time.year)\(two(time.month))\(two(time.day))"
        let minute = "\(day)-\(two(time.hour))\(two(time.minute))"
        // Nothing in an identifier may lead out of the folder.
        let name = record.identifier.map { byte in
            ASCII.isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".") ? byte : UInt8(ascii: "_")
        }
        return [day, minute, "\(minute)\(two(time.second))-\(name.lossyText)"]
    }

    /// The line that lists a record kept in a file of its own, without a line end.
    ///
    /// `host client - user [time] "line" status bytes "referer" "agent" id - path offset size md5:…`; what is not known
    /// is `-`.
    public func auditIndexLine(status: Int, path: String, of content: [UInt8]) -> [UInt8] {
        let time = CivilTime(nanoseconds: startTime, offset: context.timeZoneOffset)
        let stamp = time.commonLog(offset: context.timeZoneOffset)
        var line = Array("\(record.connection.serverAddress) \(record.connection.clientAddress) - - [\(stamp)] ".utf8)
        line += Self.quoted(maskedRequestLine)
        line += Array(" \(status) - ".utf8)
        line += Self.quoted(headerValue("referer")) + [0x20] + Self.quoted(headerValue("user-agent"))
        line += [0x20] + record.identifier + Array(" - \(path) 0 \(content.count) md5:".utf8)
        let digits = Array("0123456789abcdef".utf8)
        for byte in Insecure.MD5.hash(data: content) {
            line += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return line
    }

    private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
        let text = bytes.isEmpty ? [UInt8(ascii: "-")] : LogText.escaped(bytes, limit: 1_024, quotes: true)
        return [UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")]
    }

    private func headerValue(_ name: String) -> [UInt8] {
        guard let request = record.request else {
            return []
        }
        let key = Array(name.utf8)
        let field = request.fields.first { Array(request.bytes[$0.name.bounds]).asciiLowercased() == key }
        return field.map { starringSecretValues(in: Array(request.bytes[$0.value.bounds])) } ?? []
    }
}

extension CivilTime {
    /// `14/Nov/2023:22:13:20 +0000`
    ///
    /// - Parameter offset: seconds east of Greenwich that this time was made with.
    func commonLog(offset: Int) -> String {
        let minutes = abs(offset) / 60
        let zone = "\(offset < 0 ? "-" : "+")\(Self.two(minutes / 60))\(Self.two(minutes % 60))"
        return "\(Self.two(day))/\(Self.monthNames[month - 1])/\(year):\(clock) \(zone)"
    }
}
