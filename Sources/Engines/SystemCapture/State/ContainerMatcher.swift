// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Finds the container in the path of a control group.
///
/// Runtimes name the group after the container's identifier, 64 hexadecimal digits between a prefix and a suffix of
/// their own; containerd without Kubernetes, LXC and libvirt use a name. The order of the runtimes matters, because
/// some shapes are special cases of others. Source: `plugins/container/src/matchers` of falcosecurity/plugins.
package enum ContainerMatcher {
    /// The digits of an identifier that are reported.
    static let reportedLength = 12
    private static let identifierLength = 64

    private static let shapes: [(prefix: StaticString, suffix: StaticString)] = [
        ("/libpod-", ".scope/container"), ("/libpod-", ".scope"), ("/libpod-", ""),
        ("/libpod-payload-", ".scope/container"), ("/libpod-payload-", ".scope"), ("/libpod-payload-", ""),
        ("/docker-", ".scope"), ("/", ""),
        ("/crio-", ".scope"), ("/crio-", ""), ("/cri-containerd-", ".scope"), (":cri-containerd:", ""),
        ("/nerdctl-", ".scope"),
    ]

    /// The identifier of the container that runs in a control group, as it is reported.
    ///
    /// - Parameter path: the group's path, such as `/docker/7951fb54...`.
    /// - Returns: a part of the path; nil for a group of the host.
    package static func container(in path: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        guard path.count > 1 else {
            return nil
        }
        // Podman's monitor runs beside the container, in a group named after it.
        if contains(path, "conmon") {
            return nil
        }
        for shape in shapes {
            if let identifier = hexadecimal(in: path, prefix: shape.prefix, suffix: shape.suffix) {
                return identifier
            }
        }
        return plainContainerd(path) ?? named(path)
    }

    /// 64 hexadecimal digits between the last prefix and a suffix at the end.
    private static func hexadecimal(
        in path: UnsafeBufferPointer<UInt8>,
        prefix: StaticString,
        suffix: StaticString
    ) -> UnsafeBufferPointer<UInt8>? {
        let start = path.count - suffix.utf8CodeUnitCount - identifierLength
        let prefixStart = start - prefix.utf8CodeUnitCount
        guard prefixStart >= 0, matches(path, prefix, at: prefixStart),
            matches(path, suffix, at: start + identifierLength)
        else {
            return nil
        }
        let digits = UnsafeBufferPointer(rebasing: path[start..<(start + identifierLength)])
        guard digits.allSatisfy(isHexadecimal) else {
            return nil
        }
        return UnsafeBufferPointer(rebasing: digits.prefix(reportedLength))
    }

    /// `/namespace/name`, unless systemd made it.
    private static func plainContainerd(_ path: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        let parts = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard path.first == UInt8(ascii: "/"), parts.count == 2,
            parts.allSatisfy({ (1...64).contains($0.count) && $0.allSatisfy(isNameByte) })
        else {
            return nil
        }
        for suffix: StaticString in [".service", ".slice", ".scope"] {
            let start = path.count - suffix.utf8CodeUnitCount
            if start >= 0, matches(path, suffix, at: start) {
                return nil
            }
        }
        return UnsafeBufferPointer(rebasing: parts[1].prefix(reportedLength))
    }

    /// Containers of LXC, libvirt and BPM.
    private static func named(_ path: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        for prefix: StaticString in ["/lxc.monitor/", "/lxc.payload/", "/lxc.payload.", "/lxc/"] {
            guard let start = lastIndex(of: prefix, in: path) else {
                continue
            }
            let name = path[(start + prefix.utf8CodeUnitCount)...].prefix { $0 != UInt8(ascii: "/") }
            return name.isEmpty ? nil : UnsafeBufferPointer(rebasing: name)
        }
        if let end = lastIndex(of: ".libvirt-lxc", in: path) {
            let name = path[..<end].suffix(while: { $0 != UInt8(ascii: "/") })
            return name.isEmpty ? nil : UnsafeBufferPointer(rebasing: name)
        }
        if let start = lastIndex(of: "bpm-", in: path), let end = lastIndex(of: ".scope", in: path), end > start + 4 {
            return UnsafeBufferPointer(rebasing: path[(start + 4)..<end])
        }
        return nil
    }

    private static func matches(_ path: UnsafeBufferPointer<UInt8>, _ text: StaticString, at start: Int) -> Bool {
        let bytes = StaticBytes(text).bytes
        guard start >= 0, start + bytes.count <= path.count else {
            return false
        }
        return path[start..<(start + bytes.count)].elementsEqual(bytes)
    }

    private static func lastIndex(of text: StaticString, in path: UnsafeBufferPointer<UInt8>) -> Int? {
        var start = path.count - text.utf8CodeUnitCount
        while start >= 0 {
            if matches(path, text, at: start) {
                return start
            }
            start -= 1
        }
        return nil
    }

    private static func contains(_ path: UnsafeBufferPointer<UInt8>, _ text: StaticString) -> Bool {
        lastIndex(of: text, in: path) != nil
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
    /// The longest end of the bytes that all satisfy a condition.
    fileprivate func suffix(while isPart: (UInt8) -> Bool) -> Slice<UnsafeBufferPointer<UInt8>> {
        var start = endIndex
        while start > startIndex, isPart(self[start - 1]) {
            start -= 1
        }
        return self[start..<endIndex]
    }
}
