// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The key by scheme. Each takes numbers as long as they decide the order, and then leaves zeros where what follows
/// sorts before any number, or fills up where it sorts behind.
extension CoarseVersionKey {
    static func semantic(_ text: Span<UInt8>) -> CoarseVersionKey {
        let parts = SemanticParts(text, limit: 3)
        var key = CoarseVersionKey()
        var index = parts.start
        while !key.isFull {
            let number = SemanticParts.nextNumber(text, from: &index, to: parts.numbersEnd)
            guard !number.isEmpty else {
                break
            }
            key.append(text, number)
        }
        return key
    }

    /// Versions from before PEP 440 have the lowest key.
    static func python(_ text: Span<UInt8>) -> CoarseVersionKey {
        var key = CoarseVersionKey()
        guard let version = PythonVersion(text) else {
            return key
        }
        key.setEpoch(text, version.epoch)
        var index = version.release.lowerBound
        while !key.isFull, index < version.release.upperBound {
            let stop = VersionText.digitsEnd(text, from: index, to: version.release.upperBound)
            key.append(text, index..<stop)
            index = stop + 1
        }
        return key
    }

    static func debian(_ text: Span<UInt8>, hasEpoch: Bool) -> CoarseVersionKey? {
        var key = CoarseVersionKey()
        var upstream = 0..<text.count
        if hasEpoch {
            let parts = DebianParts(text)
            guard parts.epoch.isEmpty || VersionText.isNumber(text, parts.epoch) else {
                return nil
            }
            key.setEpoch(text, parts.epoch)
            upstream = parts.upstream
        }
        let dot: [1 of UInt8] = [UInt8(ascii: ".")]
        var index = upstream.lowerBound
        while !key.isFull {
            var stop = index
            while stop < upstream.upperBound, !VersionText.isDigit(text[stop]) {
                stop += 1
            }
            // Nothing stands before the first number, a dot before the others.
            let isFirst = index == upstream.lowerBound
            let order = DebianOrder.comparePart(text, index..<stop, dot.span, 0..<(isFirst ? 0 : 1))
            guard order == 0 else {
                order < 0 ? key.close() : key.fillUp()
                break
            }
            let end = VersionText.digitsEnd(text, from: stop, to: upstream.upperBound)
            key.append(text, stop..<end)
            index = end
        }
        return key
    }

    static func rpm(_ text: Span<UInt8>) -> CoarseVersionKey {
        let parts = RPMParts(text)
        var key = CoarseVersionKey()
        key.setEpoch(text, parts.epoch)
        var index = parts.version.lowerBound
        while !key.isFull, index < parts.version.upperBound {
            let byte = text[index]
            if VersionText.isDigit(byte) {
                let stop = VersionText.digitsEnd(text, from: index, to: parts.version.upperBound)
                key.append(text, index..<stop)
                index = stop
            } else if VersionText.isLetter(byte) || byte == UInt8(ascii: "~") || byte == UInt8(ascii: "^") {
                break
            } else {
                index += 1
            }
        }
        return key
    }

    /// A later number that starts with a zero counts like a fraction.
    static func alpine(_ text: Span<UInt8>) -> CoarseVersionKey {
        var key = CoarseVersionKey()
        var index = VersionText.digitsEnd(text, from: 0, to: text.count)
        key.append(text, 0..<index)
        while !key.isFull, index < text.count, text[index] == UInt8(ascii: ".") {
            let start = index + 1
            index = VersionText.digitsEnd(text, from: start, to: text.count)
            guard text[start] == UInt8(ascii: "0"), index - start > 1 else {
                key.append(text, start..<index)
                continue
            }
            key.append(text, start..<(start + 1))
            text[start + 1] == UInt8(ascii: "0") ? key.close() : key.fillUp()
        }
        return key
    }

    static func maven(_ text: Span<UInt8>) -> CoarseVersionKey {
        var key = CoarseVersionKey()
        var segments = MavenSegments(text)
        while !key.isFull, case .number(let digits) = segments.next(text) {
            key.append(text, digits)
        }
        return key
    }

    static func packagist(_ text: Span<UInt8>) -> CoarseVersionKey? {
        guard VersionText.first(UInt8(ascii: "#"), in: text, 0..<text.count) == nil else {
            return nil
        }
        var key = CoarseVersionKey()
        var parts = PackagistParts(text)
        while !key.isFull, let part = parts.next(text) {
            guard !part.isEmpty, VersionText.isDigit(text[part.lowerBound]) else {
                // A patch is above every number.
                part.isEmpty || text[part.lowerBound] != UInt8(ascii: "p") ? key.close() : key.fillUp()
                break
            }
            key.append(text, part)
        }
        return key
    }

    static func rubyGems(_ text: Span<UInt8>) -> CoarseVersionKey {
        var key = CoarseVersionKey()
        var segments = RubyGemsSegments(text)
        while !key.isFull, case .number(let digits)? = segments.next(text) {
            key.append(text, digits)
        }
        return key
    }

    static func numbers(_ text: Span<UInt8>, isDotted: Bool) -> CoarseVersionKey {
        var key = CoarseVersionKey()
        var index = 0
        while !key.isFull, index < text.count {
            let stop = VersionText.digitsEnd(text, from: index, to: text.count)
            if stop > index || isDotted {
                key.append(text, index..<stop)
            }
            if isDotted, stop < text.count, text[stop] != UInt8(ascii: ".") {
                break
            }
            index = stop + 1
        }
        return key
    }
}
