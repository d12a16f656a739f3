// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// An event that is larger than a receiver takes, without what OCSF does not name.
enum ShortenedEvent {
    /// - Parameter maximum: the bytes that it may have.
    /// - Returns: still JSON, with `metadata.is_truncated` and the size that it had; nil where it cannot be made to fit.
    static func make(_ event: ArraySlice<UInt8>, maximum: Int) -> [UInt8]? {
        guard let value = try? JSONReader.read(Array(event), maximumDepth: 32), let members = value.members else {
            return nil
        }
        for dropped in [
            ["unmapped"], ["unmapped", "evidences"], ["unmapped", "evidences", "http_request", "message"],
        ] {
            var json = JSONWriter(reservingCapacity: maximum)
            json.beginObject()
            for member in members {
                let name = String(decoding: member.name, as: UTF8.self)
                guard !dropped.contains(name) else { continue }
                json.key(member.name)
                json.value(name == "metadata" ? marked(member.value, size: event.count) : member.value)
            }
            json.endObject()
            if json.bytes.count <= maximum { return json.bytes }
        }
        return nil
    }

    private static func marked(_ metadata: JSONValue, size: Int) -> JSONValue {
        guard let members = metadata.members else { return metadata }
        return .object(
            members + [
                JSONMember(name: Array("is_truncated".utf8), value: .bool(true)),
                JSONMember(name: Array("untruncated_size".utf8), value: .integer(size)),
            ]
        )
    }
}
