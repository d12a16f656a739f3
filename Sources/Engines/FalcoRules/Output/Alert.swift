// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What a rule says of an event, with the values that it names.
package struct Alert: Sendable {
    /// Nanoseconds since 1970.
    package var time: UInt64
    package var rule: String
    package var priority: RulePriority
    package var source: String
    package var hostname: String
    package var tags: [String]
    /// The message with the fields put in; valid UTF-8.
    package var message: String
    /// The fields that the output names, in its order, each once; values as JSON.
    package var fields: [(name: String, json: [UInt8])]

    /// `12:34:56.123456789: Warning opened /etc/shadow`
    package var line: String {
        "\(String(decoding: TimeText.timeOfDay(time), as: UTF8.self)): \(priority.name) \(message)"
    }

    /// One JSON object, with the keys that Falco writes.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("hostname")
        writer.string(hostname)
        writer.key("output")
        writer.string(line)
        writer.key("message")
        writer.string(message)
        writer.key("output_fields")
        writer.beginObject()
        for (name, json) in fields {
            writer.key(name)
            writer.raw(json)
        }
        writer.endObject()
        writer.key("priority")
        writer.string(priority.name)
        writer.key("rule")
        writer.string(rule)
        writer.key("source")
        writer.string(source)
        writer.key("tags")
        writer.strings(tags)
        writer.key("time")
        writer.string(TimeText.full(time))
        writer.endObject()
        return writer.bytes
    }
}

/// Writing alerts of rules that have matched.
extension RuleMatcher where Reader: ~Copyable {
    /// The alert of a rule, to be asked for before the reader goes on.
    ///
    /// - Parameters:
    ///   - rule: its place in ``RuleProgram/rules``, from ``match(_:)``.
    ///   - time: the event's time, in nanoseconds since 1970.
    package mutating func alert(
        _ rule: Int,
        time: UInt64,
        hostname: String,
        _ reader: inout Reader
    ) -> Alert {
        let definition = program.rules[rule]
        var message: [UInt8] = []
        var fields: [(name: String, json: [UInt8])] = [("evt.time", Array(String(time).utf8))]
        for part in definition.output.parts {
            switch part {
            case .text(let text): message += text
            case .field(let field):
                let (text, json) = written(field, time, &reader)
                message += Self.fitted(text, field.width)
                if !fields.contains(where: { $0.name == field.name }) {
                    fields.append((field.name, json))
                }
            }
        }
        return Alert(
            time: time,
            rule: definition.name,
            priority: definition.priority,
            source: definition.source,
            hostname: hostname,
            tags: definition.tags,
            message: String(decoding: message, as: UTF8.self),
            fields: fields
        )
    }

    private static func fitted(_ text: [UInt8], _ width: Int) -> [UInt8] {
        guard width > 0 else { return text }
        if text.count >= width {
            return Array(text.prefix(width))
        }
        return text + [UInt8](repeating: UInt8(ascii: " "), count: width - text.count)
    }

    private mutating func written(
        _ field: OutputFormat.Field,
        _ time: UInt64,
        _ reader: inout Reader
    ) -> (text: [UInt8], json: [UInt8]) {
        let operand = field.operand
        let type = tables.operands[operand].type
        guard tables.operands[operand].isMultiple else {
            let value = value(operand, &reader)
            let text = FieldText.bytes(of: value, type)
            // Whatever the form in which a message writes the time, the field is a number.
            if !value.isAbsent, Self.timeFields.contains(field.name) {
                return (text, Array(String(time).utf8))
            }
            return (text, FieldText.json(of: value, type))
        }
        guard fill(operand, &reader) else {
            return (Array("<NA>".utf8), Array("null".utf8))
        }
        var text: [UInt8] = [UInt8(ascii: "(")]
        var json: [UInt8] = [UInt8(ascii: "[")]
        for index in 0..<values.count {
            if index > 0 {
                text.append(UInt8(ascii: ","))
                json.append(UInt8(ascii: ","))
            }
            text += FieldText.bytes(of: values[index], type)
            json += FieldText.json(of: values[index], type)
        }
        return (text + [UInt8(ascii: ")")], json + [UInt8(ascii: "]")])
    }

    private static var timeFields: [String] {
        [
            "evt.time", "evt.time.s", "evt.time.iso8601", "evt.datetime", "evt.datetime.s", "jevt.time",
            "jevt.time.iso8601",
        ]
    }
}
