// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SystemCapture

extension SystemFieldReader {
    mutating func containerValue(
        _ code: SystemFieldCode.ContainerField,
        of entry: ThreadEntry,
        event: SystemEvent,
        _ field: FieldReference
    ) -> FieldValue {
        guard let info = state.container(entry.container) else {
            return code == .id || code == .name || code == .fullID ? .text("host") : .absent
        }
        switch code {
        case .id: return composed(info.id)
        case .fullID: return optional(info.fullID)
        case .name: return optional(info.name)
        case .type: return optional(info.type.flatMap { Self.runtimes[$0] })
        case .image: return optional(info.image)
        case .imageID: return optional(info.imageID)
        case .repository: return optional(info.imageRepository)
        case .tag: return optional(info.imageTag)
        case .digest: return optional(info.imageDigest)
        case .privileged: return info.isPrivileged.map { .bool($0) } ?? .absent
        case .start: return info.createdTime.map { .signed(Int64($0)) } ?? .absent
        case .duration: return duration(since: info.createdTime, at: event.time)
        case .label: return optional(info.labels[String(decoding: field.key, as: UTF8.self)])
        case .labels: return labels(of: info)
        case .namespace: return optional(info.labels["io.kubernetes.pod.namespace"])
        case .pod: return optional(info.labels["io.kubernetes.pod.name"])
        case .podID, .podUID: return optional(info.labels["io.kubernetes.pod.uid"])
        case .podLabel: return optional(info.labels[String(decoding: field.key, as: UTF8.self)])
        case .podLabels: return labels(of: info)
        case .mounts: return mounts(of: info)
        case .mount, .mountSource, .mountDestination, .mountMode, .mountWritable, .mountPropagation:
            return mount(code, of: info, field)
        }
    }

    /// The names of the runtimes by the capture format's number.
    private static let runtimes: [Int: String] = [
        0: "docker", 1: "lxc", 2: "libvirt_lxc", 3: "mesos", 4: "rkt", 5: "custom", 6: "cri", 7: "containerd",
        8: "cri-o", 9: "bpm", 10: "static", 11: "podman",
    ]

    private mutating func optional(_ text: String?) -> FieldValue {
        guard let text else {
            return .absent
        }
        return composed(text)
    }

    private func duration(since start: Int?, at now: UInt64) -> FieldValue {
        guard let start, start > 0, UInt64(start) <= now else {
            return .absent
        }
        return .unsigned(now - UInt64(start))
    }

    private mutating func labels(of info: ContainerInfo) -> FieldValue {
        composed(info.labels.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ", "))
    }

    private static func describe(_ mount: ContainerMount) -> String {
        "\(mount.source):\(mount.destination):\(mount.mode):\(mount.isWritable):\(mount.propagation)"
    }

    private mutating func mounts(of info: ContainerInfo) -> FieldValue {
        guard let mounts = info.mounts else {
            return .absent
        }
        return composed(mounts.map(Self.describe).joined(separator: ","))
    }

    /// A mount by its number, or by the pattern of its source (of its destination for `mount.source`).
    private mutating func mount(
        _ code: SystemFieldCode.ContainerField,
        of info: ContainerInfo,
        _ field: FieldReference
    ) -> FieldValue {
        guard let mounts = info.mounts, let found = find(code, field, among: mounts) else {
            return .absent
        }
        switch code {
        case .mountSource: return composed(found.source)
        case .mountDestination: return composed(found.destination)
        case .mountMode: return composed(found.mode)
        case .mountWritable: return composed(found.isWritable ? "true" : "false")
        case .mountPropagation: return composed(found.propagation)
        default: return composed(Self.describe(found))
        }
    }

    private func find(
        _ code: SystemFieldCode.ContainerField,
        _ field: FieldReference,
        among mounts: [ContainerMount]
    ) -> ContainerMount? {
        let key = String(decoding: field.key, as: UTF8.self)
        let number = field.argument == .index ? Int(field.index) : Int(key)
        if let number {
            return mounts.indices.contains(number) ? mounts[number] : nil
        }
        let pattern = Array(key.utf8)
        return mounts.first { mount in
            GlobPattern.matches(pattern, Array((code == .mountSource ? mount.destination : mount.source).utf8))
        }
    }
}

/// Patterns with `*` and `?`.
enum GlobPattern {
    static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var place = 0
        var textPlace = 0
        var star: Int?
        var starText = 0
        while textPlace < text.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = place
                starText = textPlace
                place += 1
            } else if place < pattern.count, pattern[place] == UInt8(ascii: "?") || pattern[place] == text[textPlace] {
                place += 1
                textPlace += 1
            } else if let star {
                place = star + 1
                starText += 1
                textPlace = starText
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
