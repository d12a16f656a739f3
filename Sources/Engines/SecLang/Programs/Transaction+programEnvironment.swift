// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

/// What programs know of the request: the variables of CGI (RFC 3875), as far as ModSecurity v2 sets them for `exec`.
extension Transaction {
    /// The environment of a program, `setenv` included.
    func programEnvironment(for program: RuleProgram) -> [(name: [UInt8], value: [UInt8])] {
        var variables = fixedVariables(for: program)
        if let request = record.request {
            variables.merge(requestVariables(request)) { fixed, _ in fixed }
            variables.merge(Self.headerVariables(request)) { fixed, _ in fixed }
        }
        for (name, value) in environment where Self.isPlainName(name) {
            variables[name] = variables[name] ?? value
        }
        return variables.sorted { $0.key < $1.key }
            .filter { !$0.value.contains(0) }
            .map { (name: Array($0.key.utf8), value: $0.value) }
    }

    private func fixedVariables(for program: RuleProgram) -> [String: [UInt8]] {
        let connection = record.connection
        let texts = [
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_SOFTWARE": "Redoubt",
            "SERVER_ADDR": connection.serverAddress,
            "SERVER_PORT": "\(connection.serverPort)",
            "REMOTE_ADDR": connection.clientAddress,
            "REMOTE_PORT": "\(connection.clientPort)",
            // PHP wants these two before it runs a script that no web server calls.
            "PATH_TRANSLATED": program.path,
            "REDIRECT_STATUS": "302",
        ]
        var variables = texts.mapValues { Array($0.utf8) }
        variables["UNIQUE_ID"] = record.identifier
        return variables
    }

    private func requestVariables(_ request: HTTPRequestHead) -> [String: [UInt8]] {
        let target = request.bytes[request.target.bounds]
        let mark = target.firstIndex(of: UInt8(ascii: "?"))
        var variables = [
            "SERVER_PROTOCOL": Array(request.bytes[request.version.bounds]),
            "REQUEST_METHOD": Array(request.bytes[request.method.bounds]),
            "REQUEST_URI": Array(target),
            "SCRIPT_NAME": Array(target[..<(mark ?? target.endIndex)]),
            "QUERY_STRING": mark.map { Array(target[($0 + 1)...]) } ?? [],
        ]
        let host = scalars[Int(Variable.serverName.rawValue)]
        if host >= 0 {
            variables["SERVER_NAME"] = arena.array(values[Int(host)].bytes)
        }
        return variables
    }

    /// `HTTP_*` for each field. Credentials stay out, as with any server, and so does `Proxy`, which programs would
    /// take for the proxy to use (CVE-2016-5385). A name of other than letters, digits and dashes has no variable: two
    /// fields could claim it.
    private static func headerVariables(_ request: HTTPRequestHead) -> [String: [UInt8]] {
        var variables: [String: [UInt8]] = [:]
        for field in request.fields {
            guard let name = variableName(of: request.bytes[field.name.bounds]) else {
                continue
            }
            let value = request.bytes[field.value.bounds]
            if let known = variables[name] {
                let separator = name == "HTTP_COOKIE" ? "; " : ", "
                variables[name] = known + Array(separator.utf8) + value
            } else {
                variables[name] = Array(value)
            }
        }
        return variables
    }

    private static func variableName(of field: ArraySlice<UInt8>) -> String? {
        var name = ""
        for byte in field {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): name.unicodeScalars.append(Unicode.Scalar(byte & 0xDF))
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                name.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "-"): name += "_"
            default: return nil
            }
        }
        switch name {
        case "CONTENT_TYPE", "CONTENT_LENGTH": return name
        case "AUTHORIZATION", "PROXY_AUTHORIZATION", "PROXY", "": return nil
        default: return "HTTP_" + name
        }
    }

    private static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && !name.utf8.contains { $0 == UInt8(ascii: "=") || $0 == 0 }
    }
}
