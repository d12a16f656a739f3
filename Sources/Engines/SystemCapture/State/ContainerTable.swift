// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// A mount of a container.
package struct ContainerMount: Equatable, Sendable {
    package var source: String
    package var destination: String
    package var mode: String
    package var isWritable: Bool
    package var propagation: String
}

/// What is known of a container: at least its identifier.
package struct ContainerInfo: Equatable, Sendable {
    /// The first 12 digits of the identifier, or the name where a runtime has no identifiers.
    package var id: [UInt8]
    package var fullID: String?
    package var name: String?
    /// The runtime, as the capture format numbers it (0 docker, 1 LXC, 6 CRI, 7 containerd, 8 CRI-O, 11 podman).
    package var type: Int?
    package var image: String?
    package var imageID: String?
    package var imageRepository: String?
    package var imageTag: String?
    package var imageDigest: String?
    package var isPrivileged: Bool?
    package var mounts: [ContainerMount]?
    package var labels: [String: String] = [:]
    /// Nanoseconds since 1970.
    package var createdTime: Int?

    init(id: [UInt8]) {
        self.id = id
    }
}

/// The containers that threads run in, by number.
struct ContainerTable {
    private(set) var entries: [ContainerInfo] = [ContainerInfo(id: Array("host".utf8))]
    private var numbers: [[UInt8]: UInt32] = [:]
    private(set) var refused = 0

    /// The number of a container; it is added if it is not there.
    mutating func number(of id: [UInt8], limit: Int) -> ContainerID {
        if let number = numbers[id] {
            return ContainerID(number: number)
        }
        guard entries.count < limit else {
            refused += 1
            return .host
        }
        numbers[id] = UInt32(entries.count)
        entries.append(ContainerInfo(id: id))
        return ContainerID(number: UInt32(entries.count - 1))
    }

    mutating func set(_ info: ContainerInfo, at id: ContainerID) {
        entries[Int(id.number)] = info
    }

    mutating func removeAll() {
        entries.removeSubrange(1...)
        numbers = [:]
    }
}

extension SystemState {
    /// What is known of a container; nil for the host.
    package func container(_ id: ContainerID) -> ContainerInfo? {
        id == .host ? nil : containers.entries[Int(id.number)]
    }

    /// The container that control groups belong to.
    func container(ofGroups groups: StringID) -> ContainerID {
        var rest = texts[groups][...]
        while !rest.isEmpty {
            let group = rest.prefix { $0 != 0 }
            rest = rest.dropFirst(group.count + 1)
            guard let equals = group.firstIndex(of: UInt8(ascii: "=")) else {
                continue
            }
            let path = UnsafeBufferPointer(rebasing: group[(equals + 1)...])
            if let id = ContainerMatcher.container(in: path) {
                return containers.number(of: Array(id), limit: limits.containers)
            }
        }
        return .host
    }

    /// An event that describes a container, as JSON or, in early captures, in four parameters.
    func container(_ event: SystemEvent) {
        if event.type == 228 {
            let id = containers.number(of: Array(event.text(0)), limit: limits.containers)
            guard id != .host else {
                return
            }
            var info = containers.entries[Int(id.number)]
            info.type = event.uint32(1).map(Int.init)
            info.name = String(decoding: event.text(2), as: UTF8.self)
            info.setImage(String(decoding: event.text(3), as: UTF8.self))
            containers.set(info, at: id)
            return
        }
        // Text that is not JSON describes nothing; the event itself stays visible to rules.
        guard let document = try? JSONReader.read(Array(event.text(0))), let object = document["container"],
            let name = object["id"]?.bytes, !name.isEmpty
        else {
            return
        }
        let id = containers.number(of: Array(name.prefix(ContainerMatcher.reportedLength)), limit: limits.containers)
        guard id != .host else {
            return
        }
        var info = containers.entries[Int(id.number)]
        info.describe(by: object)
        containers.set(info, at: id)
    }
}

extension ContainerInfo {
    /// Takes the repository and the tag from an image's name.
    fileprivate mutating func setImage(_ name: String) {
        image = name
        let last = name.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard let colon = last.lastIndex(of: ":"), !name.contains("@") else {
            imageRepository = imageRepository ?? String(name.split(separator: "@").first ?? "")
            return
        }
        imageTag = imageTag ?? String(last[last.index(after: colon)...])
        imageRepository = imageRepository ?? String(name.dropLast(last[colon...].count))
    }

    /// Takes over what the JSON of a container event says.
    fileprivate mutating func describe(by object: JSONValue) {
        fullID = object["full_id"]?.text ?? object["id"]?.text
        name = object["name"]?.text ?? name
        type = object["type"]?.integer ?? type
        imageID = object["imageid"]?.text ?? imageID
        imageRepository = object["imagerepo"]?.text ?? imageRepository
        imageTag = object["imagetag"]?.text ?? imageTag
        imageDigest = object["imagedigest"]?.text ?? imageDigest
        isPrivileged = object["privileged"]?.bool ?? isPrivileged
        createdTime = object["created_time"]?.integer ?? createdTime
        if let text = object["image"]?.text {
            setImage(text)
        }
        for member in object["labels"]?.members ?? [] {
            labels[String(decoding: member.name, as: UTF8.self)] = member.value.text
        }
        if let list = object["Mounts"]?.elements ?? object["mounts"]?.elements {
            mounts = list.map { mount in
                ContainerMount(
                    source: mount["Source"]?.text ?? "",
                    destination: mount["Destination"]?.text ?? "",
                    mode: mount["Mode"]?.text ?? "",
                    isWritable: mount["RW"]?.bool ?? false,
                    propagation: mount["Propagation"]?.text ?? ""
                )
            }
        }
    }
}
