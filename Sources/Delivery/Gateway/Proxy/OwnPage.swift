// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOCore

/// An answer of the gateway's own: a block page or an error page, as HTML or as a problem document (RFC 9457).
///
/// Nothing of the request gets into it; the identifier and the configured address are escaped.
struct OwnPage {
    enum Kind: Equatable {
        /// A filter denied the exchange.
        case blocked
        /// The request, the upstream or the gateway itself failed.
        case failed
    }

    var status: Int
    var kind: Kind
    /// What logs know the exchange by; nil where no exchange came about.
    var identifier: String?
    var pages: GatewayPages
    /// Where a redirection leads.
    var location: [UInt8]?

    /// The whole response. `request` is what the form of the answer depends on.
    func response(to request: ParsedRequest?, isKeptAlive: Bool) -> ByteBuffer {
        let isJSON = request.map(prefersJSON) ?? false
        let body = isJSON ? problem : page
        var head = "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
        if let serverName = pages.serverName {
            head += "Server: \(serverName)\r\n"
        }
        head += "Content-Type: " + (isJSON ? "application/problem+json" : "text/html; charset=utf-8") + "\r\n"
        head += "Content-Length: \(body.utf8.count)\r\n"
        head += Self.securityFields
        if let identifier, Self.isPlain(identifier) {
            head += "X-Request-ID: \(identifier)\r\n"
        }
        if status == 405 {
            head += "Allow: GET, HEAD, POST\r\n"
        }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(head.utf8.count + body.utf8.count + 256)
        buffer.writeString(head)
        if let location, location.allSatisfy(ByteSet.fieldValue.contains) {
            buffer.writeString("Location: ")
            buffer.writeBytes(location)
            buffer.writeString("\r\n")
        }
        if !isKeptAlive {
            buffer.writeString("Connection: close\r\n")
        } else if request?.isHTTP10 == true {
            buffer.writeString("Connection: keep-alive\r\n")
        }
        buffer.writeString("\r\n")
        if request.map(isBodyExpected) ?? true {
            buffer.writeString(body)
        }
        return buffer
    }

    private static let securityFields =
        "Cache-Control: no-store\r\n"
        + "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        + "style-src 'sha256-6T9c68EX/ANom5SPrdFk6N3hqTxPYijqkgbGtOwePFQ='\r\n"
        + "Referrer-Policy: no-referrer\r\n"
        + "X-Content-Type-Options: nosniff\r\n"
        + "X-Frame-Options: DENY\r\n"

    /// The only style sheet; the policy above allows it by its digest.
    private static let style =
        ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;"
        + "padding:0 1rem}code{font-size:1.1em;user-select:all}"

    private var title: String {
        kind == .blocked ? "Request blocked" : Self.reason(status)
    }

    private var explanation: String {
        kind == .blocked
            ? "This request looked like an attack on this site and was not let through."
            : Self.explanation(status)
    }

    private var page: String {
        var text = "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>\(title)</title>"
        text += "<meta name=\"viewport\" content=\"width=device-width\"><style>\(Self.style)</style></head>\n"
        text += "<body><main>\n<h1>\(title)</h1>\n<p>\(explanation)</p>\n"
        if let identifier {
            text += "<p>Incident: <code>\(Self.escaped(identifier))</code></p>\n"
        }
        if kind == .blocked {
            text += "<p>\(reportHTML)</p>\n"
        }
        return text + "</main></body>\n</html>\n"
    }

    private var reportHTML: String {
        guard let address = pages.falseAlarmReport else {
            return "If this is a false alarm, please tell the operator of this site when it happened"
                + (identifier == nil ? "." : " and the incident above.")
        }
        return "<a href=\"\(Self.escaped(reportAddress(address)))\">Report a false alarm</a>"
    }

    /// A mail address gets the incident as its subject.
    private func reportAddress(_ address: String) -> String {
        guard address.hasPrefix("mailto:"), !address.contains("?"), let identifier, Self.isPlain(identifier) else {
            return address
        }
        return "\(address)?subject=False%20alarm%20\(identifier)"
    }

    private var problem: String {
        var text = "{\"type\":\"about:blank\",\"title\":\"\(title)\",\"status\":\(status),\"detail\":\"\(explanation)\""
        if let identifier {
            text += ",\"instance\":\"urn:redoubt:incident:\(Self.escapedJSON(identifier))\""
            text += ",\"incident\":\"\(Self.escapedJSON(identifier))\""
        }
        if kind == .blocked {
            let report =
                pages.falseAlarmReport.map(reportAddress)
                ?? "If this is a false alarm, please tell the operator of this site the incident."
            text += ",\"report\":\"\(Self.escapedJSON(report))\""
        }
        return text + "}\n"
    }

    /// Whether an identifier may stand in a header field and in an address as it is.
    private static func isPlain(_ identifier: String) -> Bool {
        !identifier.isEmpty && identifier.utf8.count <= 128 && identifier.utf8.allSatisfy(ByteSet.hostName.contains)
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private static func escapedJSON(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" {
                result += "\\"
                result.unicodeScalars.append(character)
            } else if character.value < 0x20 {
                let digits = String(character.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
