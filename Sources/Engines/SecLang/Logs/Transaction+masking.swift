// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

extension Transaction {
    /// `sanitiseMatched` and `sanitiseMatchedBytes`, for each value that matches.
    mutating func mask(_ rule: Rule, _ reference: ValueReference) {
        for action in rule.actions.sanitise {
            let key = arena.array(reference.key).asciiLowercased()
            switch action {
            case .matched:
                masks.add(reference.variable, key: key)
            case .matchedBytes(let keepFirst, let keepLast):
                // Offsets in a transformed value, or of something else than an argument, say nothing about the log.
                guard let found = matchScratch.offsets.first, !rule.isNegated, rule.path.isEmpty,
                    [.args, .argsGet, .argsPost].contains(reference.variable)
                else {
                    masks.add(reference.variable, key: key)
                    continue
                }
                let start = Int(found.offset) + keepFirst
                let end = Int(found.offset) + found.count - keepLast
                if start < end {
                    masks.add(part: start..<end, of: key)
                }
            default:
                continue
            }
        }
    }

    /// A match as it may be logged: values of secret variables are starred out wherever they show.
    ///
    /// - Parameter secrets: the values of what is secret, see ``capturableSecrets``.
    func masked(_ match: RuleMatch, secrets: [[UInt8]]) -> RuleMatch {
        let colon = match.variable.firstIndex(of: UInt8(ascii: ":")) ?? match.variable.endIndex
        let name = Array(match.variable[..<colon]).lossyText
        let key = Array(match.variable[colon...].dropFirst()).asciiLowercased()
        let isSecret: Bool
        switch Variable.byName[name] {
        case .args, .argsGet, .argsPost: isSecret = masks.masks(argument: key) || masks.argumentParts[key] != nil
        case .requestHeaders: isSecret = masks.masks(requestHeader: key)
        case .responseHeaders: isSecret = masks.masks(responseHeader: key)
        case .requestCookies: isSecret = masks.masksCookies || SanitiseState.isSecretName(key)
        case .tx, .matchedVar, .matchedVars: isSecret = isPartOfSecret(match.value, secrets)
        default: isSecret = false
        }
        guard isSecret else {
            return starring(secrets, in: match)
        }
        var masked = match
        let stars = Array("********".utf8)
        masked.value = stars
        masked.data = match.data.isEmpty ? [] : Array("Matched Data: ******** found within ".utf8) + match.variable
        masked.explanation =
            Array("Matched \"Operator against variable `".utf8) + LogText.explained(match.variable, limit: 200)
            + Array("' (Value: `".utf8) + stars + Array("' )".utf8)
        return masked
    }

    /// Whether a value was taken out of a secret, by a capture for instance.
    private func isPartOfSecret(_ value: [UInt8], _ secrets: [[UInt8]]) -> Bool {
        value.count >= 4
            && secrets.contains { secret in
                secret.withUnsafeBufferPointer { bytes in
                    value.withUnsafeBufferPointer { SubstringSearch.firstOffset(of: $0, in: bytes) } != nil
                }
            }
    }

    /// A match of something that is no secret by name, such as REQUEST_URI, with secret arguments in it starred out.
    private func starring(_ secrets: [[UInt8]], in match: RuleMatch) -> RuleMatch {
        guard !secrets.isEmpty else {
            return match
        }
        var masked = match
        for secret in secrets {
            starOccurrences(of: secret, in: &masked.value)
            starOccurrences(of: secret, in: &masked.data)
            starOccurrences(of: secret, in: &masked.message)
            starOccurrences(of: secret, in: &masked.explanation)
        }
        return masked
    }

    /// A text with the values of secret arguments starred out.
    func starringSecretValues(in text: [UInt8]) -> [UInt8] {
        var text = text
        for secret in secretValues {
            starOccurrences(of: secret, in: &text)
        }
        return text
    }

    /// The request's target with secret arguments starred out.
    func maskedTarget() -> [UInt8] {
        guard let request = record.request else {
            return []
        }
        var target = Array(request.bytes[request.target.bounds])
        let start = request.method.length + 1
        for (range, _) in secretRanges(of: .argsGet, from: start, in: target) {
            star(&target, range)
        }
        return target
    }

    /// The request's body with secret arguments starred out.
    func maskedBody() -> [UInt8] {
        var body = requestBody
        var searched: Set<[UInt8]> = []
        for (range, value) in secretRanges(of: .argsPost, from: requestHeadersEnd, in: body) {
            if let value {
                guard searched.insert(value).inserted else {
                    continue
                }
                // Many secrets in a long body are not worth finding one by one.
                guard searched.count * body.count <= 16 << 20 else {
                    return Array("********".utf8)
                }
                starOccurrences(of: value, in: &body)
            } else {
                star(&body, range)
            }
        }
        for spelling in jsonSpellings(of: searched) {
            starOccurrences(of: spelling, in: &body)
        }
        return body
    }

    /// Where secret values stand in `text`, whose first byte has the origin `start`; a value without a known place
    /// (of a JSON body) comes as itself.
    private func secretRanges(
        of list: ValueList,
        from start: UInt32,
        in text: [UInt8]
    ) -> [(range: Range<Int>, value: [UInt8]?)] {
        var ranges: [(range: Range<Int>, value: [UInt8]?)] = []
        for index in lists[list.rawValue] {
            let value = values[Int(index)]
            let name = arena.array(value.key).asciiLowercased()
            let parts = masks.argumentParts[name] ?? []
            let isWhole = masks.masks(argument: name)
            guard isWhole || !parts.isEmpty else {
                continue
            }
            guard value.origin.offset != .max, value.origin.offset >= start else {
                ranges.append((range: 0..<0, value: arena.array(value.bytes)))
                continue
            }
            let offset = Int(value.origin.offset - start)
            let end = rawEnd(of: value, at: offset, in: text)
            guard offset < end else {
                continue
            }
            // Escaped values are longer raw than decoded; parts of them are not worth finding.
            if isWhole || end - offset != value.bytes.count {
                ranges.append((range: offset..<end, value: nil))
            } else {
                // Parts are kept by name, so a part of one value may lie beyond the end of another.
                for part in parts {
                    let lower = min(end, offset + part.lowerBound)
                    let upper = min(end, offset + part.upperBound)
                    if lower < upper {
                        ranges.append((range: lower..<upper, value: nil))
                    }
                }
            }
        }
        return ranges
    }

    func rawEnd(of value: StoredValue, at offset: Int, in text: [UInt8]) -> Int {
        guard offset < text.count else {
            return offset
        }
        guard bodyProcessor != .multipart || value.origin.offset < requestHeadersEnd else {
            return min(text.count, offset + value.bytes.count)
        }
        return text[offset...].firstIndex(of: rules.settings.argumentSeparator) ?? text.count
    }

    private func star(_ text: inout [UInt8], _ range: Range<Int>) {
        for index in range.clamped(to: text.indices) {
            text[index] = UInt8(ascii: "*")
        }
    }

    func starOccurrences(of value: [UInt8], in text: inout [UInt8]) {
        guard !value.isEmpty else {
            return
        }
        var start = 0
        while start < text.count {
            let offset = text.withUnsafeBufferPointer { bytes in
                value.withUnsafeBufferPointer { needle in
                    SubstringSearch.firstOffset(of: needle, in: UnsafeBufferPointer(rebasing: bytes[start...]))
                }
            }
            guard let offset else {
                return
            }
            star(&text, (start + offset)..<(start + offset + value.count))
            start += offset + value.count
        }
    }
}
