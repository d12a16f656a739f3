// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SecLang

/// How a Lua script in a process of its own talks to the rule engine: lines of words, each word behind its verb with
/// `=` in front and all bytes but letters, digits and a few signs as `%HH`.
///
/// Script to engine: `log LEVEL =TEXT`, `value =NAME =TRANSFORMATION...`, `values =NAME ...`, `set =NAME =VALUE`,
/// `end [=RESULT]`, `fault =TEXT`. Engine to script: first `run =PATH [=ARGUMENT]` or `check =PATH`, then for each
/// `value` and `values` a line of names and values in turns.
enum LuaProtocol {
    /// What a script says.
    enum Message: Equatable {
        case request(ScriptRequest)
        case end([UInt8]?)
        case fault([UInt8])
    }

    /// Reads a line without its line feed; nil where it makes no sense.
    static func message(_ line: [UInt8]) -> Message? {
        let words = line.split(separator: UInt8(ascii: " "))
        guard let verb = words.first.map({ String(decoding: $0, as: UTF8.self) }) else {
            return nil
        }
        let values = words.dropFirst().filter { $0.first == UInt8(ascii: "=") }.map { decoded($0.dropFirst()) }
        switch (verb, values.count) {
        case ("log", 1):
            let level = words.count == 3 ? Int(String(decoding: words[1], as: UTF8.self)) : nil
            return level.map { .request(.log(level: $0, text: values[0])) }
        case ("value", 1...):
            return .request(.value(name: values[0], transformations: Array(values.dropFirst())))
        case ("values", 1...):
            return .request(.values(name: values[0], transformations: Array(values.dropFirst())))
        case ("set", 2): return .request(.set(name: values[0], value: values[1]))
        case ("end", 0...1): return .end(values.first)
        case ("fault", 1): return .fault(values[0])
        default: return nil
        }
    }

    /// A line of words, the first as it is.
    static func line(_ verb: String, _ values: [[UInt8]]) -> [UInt8] {
        var line = Array(verb.utf8)
        for value in values {
            line += [UInt8(ascii: " "), UInt8(ascii: "=")]
            append(value, to: &line)
        }
        return line + [UInt8(ascii: "\n")]
    }

    private static func append(_ value: [UInt8], to line: inout [UInt8]) {
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in value {
            if isPlain(byte) {
                line.append(byte)
            } else {
                line += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        }
    }

    private static func decoded(_ word: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(word.count)
        var rest = word
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(nibble),
                let low = rest.dropFirst().first.flatMap(nibble)
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    /// What the interpreter runs first: it takes the channel for itself, gives the script `m`, and calls `main`.
    static let prelude = #"""
        local input, output = io.stdin, io.stdout
        io.stdin = io.open("/dev/null", "r")
        io.input(io.stdin)
        io.stdout = io.stderr
        io.output(io.stderr)
        print = function() end
        local function encoded(value)
          return "=" .. (tostring(value):gsub("[^%w%-_.]", function(c) return string.format("%%%02X", c:byte()) end))
        end
        local function decoded(word)
          return (word:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
        end
        local function say(...)
          output:write(table.concat({...}, " "), "\n")
          output:flush()
        end
        local function listen()
          local line = input:read("*l")
          if not line then os.exit(1) end
          local words = {}
          for word in line:gmatch("=(%S*)") do words[#words + 1] = decoded(word) end
          return words, line:match("^%a*")
        end
        local function ask(verb, name, transformations)
          local words = {verb, encoded(name)}
          if type(transformations) ~= "table" then transformations = {transformations} end
          for _, step in ipairs(transformations) do words[#words + 1] = encoded(step) end
          say(table.concat(words, " "))
          return listen()
        end
        m = {}
        function m.log(level, text) say("log", string.format("%d", math.floor(tonumber(level) or 9)), encoded(text)) end
        function m.getvar(name, transformations) return ask("value", name, transformations)[2] end
        function m.getvars(name, transformations)
          local words, list = ask("values", name, transformations), {}
          for place = 1, #words - 1, 2 do
            list[#list + 1] = {name = words[place], value = words[place + 1]}
          end
          return list
        end
        function m.setvar(name, value) say("set", encoded(name), encoded(value)) end
        local words, verb = listen()
        local chunk, fault = loadfile(words[1], "t")
        local isSound = chunk ~= nil
        if isSound and verb == "run" then
          isSound, fault = pcall(chunk)
          if isSound and type(main) ~= "function" then isSound, fault = false, "it has no function main" end
          if isSound then isSound, fault = pcall(main, words[2]) end
        end
        if not isSound then
          say("fault", encoded(fault))
        elseif verb == "run" and (type(fault) == "string" or type(fault) == "number") then
          say("end", encoded(fault))
        else
          say("end")
        end
        os.exit(0)
        """#
}
