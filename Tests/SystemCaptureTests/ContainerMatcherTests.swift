// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SystemCapture
import Testing

/// The shapes of control groups are those that `plugins/container` of falcosecurity/plugins tests.
@Suite("Containers are found in control groups")
struct ContainerMatcherTests {
    private static let id = "1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef"
    private static let payload =
        "/system.slice/system-ceph-f952f5be-565c-11f0-ab72-0affea283157.slice/"
        + "ceph-f952f5be-565c-11f0-ab72-0affea283157@mon.ip-10-0-25-96.service/libpod-payload-"

    private func container(_ path: String) -> String? {
        Array(path.utf8).withUnsafeBufferPointer { bytes in
            ContainerMatcher.container(in: bytes).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test(arguments: [
        "/system.slice/libpod-\(id)",
        "/system.slice/libpod-\(id).scope",
        "\(payload)\(id)",
        "\(payload)\(id).scope",
        "/user.slice/user-1000.slice/user@1000.service/libpod-\(id)",
        "/kubepods/besteffort/podac04f3f2-1f2c-11e9-b015-1ebee232acfa/\(id)",
        "/kubepods-burstable-podbd12dd3393227d950605a2444b13c27a.slice:cri-containerd:\(id)",
        "/kubepods/besteffort/pod63b3ebfc-2890-11e9-8154-16bf8ef8d9dc/crio-\(id)",
        "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod63b3ebfc_2890.slice/crio-\(id).scope",
        "/docker/\(id)",
        "/docker.slice/docker-\(id).scope",
        "/system.slice/nerdctl-\(id).scope",
        "/kubepods.slice/cri-containerd-\(id).scope",
    ])
    func `an identifier of 64 digits is reported by its first 12`(path: String) {
        #expect(container(path) == "1234567890ab")
    }

    @Test(arguments: [
        ("/default/test_container", "test_contain"),
        ("/my_very_long_namespace-1.5/test_container", "test_contain"),
        ("/default/abcdef123456", "abcdef123456"),
        ("/my.namespace/container.name", "container.na"),
        ("/default/service.container", "service.cont"),
        ("/default/slice.mycontainer", "slice.mycont"),
        ("/default/scope.mycontainer", "scope.mycont"),
        ("/default/a", "a"),
        ("/k8s.io/my-test_container", "my-test_cont"),
    ])
    func `a namespace and a name are a container of containerd`(path: String, name: String) {
        #expect(container(path) == name)
    }

    @Test(arguments: [
        "/",
        "",
        "/user.slice/user-1000.slice/user@1000.service/libpod-\(id)1234567890abcdef1234567890abcdef",
        "/user.slice/user-1000.slice/user@1000.service/libpod-\(id.dropLast())g",
        "/user.slice/user-1000.slice/user@1000.service/init.scope",
        "/default/some_short_id.service",
        "/default/some_short_id.slice",
        "/default/some_short_id.scope",
        "/namespace/.service",
        "/namespace/.slice",
        "/namespace/.scope",
        "/system.slice/libpod-conmon-\(id).scope",
    ])
    func `groups of the host are no containers`(path: String) {
        #expect(container(path) == nil)
    }

    @Test func `containers of LXC have names`() {
        #expect(container("/lxc.payload/a-rather-long-name-of-a-container/init") == "a-rather-long-name-of-a-container")
        #expect(container("/lxc.payload.web01/init.scope/x") == "web01")
    }
}
