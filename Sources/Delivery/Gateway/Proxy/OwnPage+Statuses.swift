// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

extension OwnPage {
    /// Whether the client prefers JSON to HTML, RFC 9110 section 12.5.1; HTML where it says nothing.
    func prefersJSON(_ request: ParsedRequest) -> Bool {
        request.head.bytes.withUnsafeBufferPointer { bytes in
            var json = 0
            var html = 0
            for field in request.head.fields where FieldName(bytes, field.name.bounds) == .accept {
                forEachListElement(bytes, field.value.bounds) { element in
                    let end = bytes[element].firstIndex(of: UInt8(ascii: ";")) ?? element.upperBound
                    let type = trimmed(bytes, element.lowerBound..<end)
                    let quality = Self.quality(bytes, end..<element.upperBound)
                    if equalsIgnoringCase(bytes, type, "application/problem+json")
                        || equalsIgnoringCase(bytes, type, "application/json")
                    {
                        json = max(json, quality)
                    } else if equalsIgnoringCase(bytes, type, "text/html")
                        || equalsIgnoringCase(bytes, type, "application/xhtml+xml")
                    {
                        html = max(html, quality)
                    }
                }
            }
            return json > html
        }
    }

    /// The weight among an element's parameters, in thousandths.
    private static func quality(_ bytes: UnsafeBufferPointer<UInt8>, _ parameters: Range<Int>) -> Int {
        var start = parameters.lowerBound
        while start < parameters.upperBound {
            let end = bytes[(start + 1)..<parameters.upperBound].firstIndex(of: UInt8(ascii: ";"))
            let parameter = trimmed(bytes, (start + 1)..<(end ?? parameters.upperBound))
            start = end ?? parameters.upperBound
            guard parameter.count >= 3, lowercased(bytes[parameter.lowerBound]) == UInt8(ascii: "q"),
                bytes[parameter.lowerBound + 1] == UInt8(ascii: "=")
            else {
                continue
            }
            var weight = bytes[parameter.lowerBound + 2] == UInt8(ascii: "1") ? 1000 : 0
            var factor = 100
            for index in parameter.dropFirst(4).prefix(3) {
                weight += Int(bytes[index] &- 0x30) * factor
                factor /= 10
            }
            return min(weight, 1000)
        }
        return 1000
    }

    func isBodyExpected(_ request: ParsedRequest) -> Bool {
        !request.isHead
    }

    static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: status < 400 ? "Redirect" : "Error"
        }
    }

    static func explanation(_ status: Int) -> String {
        switch status {
        case 300..<400: "The page is elsewhere."
        case 404: "There is no site at this address."
        case 408: "The request did not arrive in time."
        case 413: "The request is larger than this site accepts."
        case 414: "The address is longer than this site accepts."
        case 415: "The request's content coding is not accepted."
        case 417: "The request expects something that this site does not do."
        case 431: "The request's header is larger than this site accepts."
        case 400..<500: "The request is malformed."
        case 501: "The request's method is not served here."
        case 502: "The application behind this gateway gave no usable answer."
        case 503: "The application is not available at the moment."
        case 504: "The application behind this gateway did not answer in time."
        case 505: "The request's protocol version is not served here."
        default: "Something went wrong."
        }
    }
}

extension ParsedRequest {
    var isHead: Bool {
        head.bytes.withUnsafeBufferPointer { equals($0, head.method.bounds, "HEAD") }
    }
}
