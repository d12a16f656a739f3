// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import TestSupport
import Testing

@testable import FalcoRules

@Suite(.enabled(if: TestData.available("threat/k8s-audit", for: "KubernetesAuditTests")))
struct KubernetesAuditTests {
    /// Which rule a file is made for, as falcosecurity/falco's tests have it; `!` where it must not fire.
    private static let expectations: [(file: String, rule: String)] = [
        ("create_nginx_pod_privileged", "Create Privileged Pod"),
        ("create_nginx_pod_privileged_2nd_container", "Create Privileged Pod"),
        ("create_nginx_pod_no_secctx_1st_container_privileged_2nd_container", "Create Privileged Pod"),
        ("create_nginx_pod_unprivileged", "!Create Privileged Pod"),
        ("create_nginx_pod_sensitive_mount", "Create Sensitive Mount Pod"),
        ("create_nginx_pod_sensitive_mount_2nd_container", "Create Sensitive Mount Pod"),
        ("create_nginx_pod_unsensitive_mount", "!Create Sensitive Mount Pod"),
        ("create_nginx_pod_hostnetwork", "Create HostNetwork Pod"),
        ("create_nginx_pod_nohostnetwork", "!Create HostNetwork Pod"),
        ("create_nginx_service_nodeport", "Create NodePort Service"),
        ("create_nginx_service_nonodeport", "!Create NodePort Service"),
        ("create_configmap_sensitive_values", "Create/Modify Configmap With Private Credentials"),
        ("create_configmap_no_sensitive_values", "!Create/Modify Configmap With Private Credentials"),
        ("anonymous_creates_namespace_foo", "Anonymous Request Allowed"),
        ("exec_pod", "Attach/Exec Pod"), ("attach_pod", "Attach/Exec Pod"),
        ("create_pod_kube_system_namespace", "Pod Created in Kube Namespace"),
        ("create_pod_kube_public_namespace", "Pod Created in Kube Namespace"),
        ("create_serviceaccount_kube_system_namespace", "Service Account Created in Kube Namespace"),
        ("create_serviceaccount_kube_public_namespace", "Service Account Created in Kube Namespace"),
        ("modify_cluster_role_node_problem_detector", "System ClusterRole Modified/Deleted"),
        ("delete_cluster_role_kube_aggregator", "System ClusterRole Modified/Deleted"),
        ("attach_cluster_admin_role", "Attach to cluster-admin Role"),
        ("create_cluster_role_wildcard_resources", "ClusterRole With Wildcard Created"),
        ("create_cluster_role_wildcard_verbs", "ClusterRole With Wildcard Created"),
        ("create_cluster_role_write_privileges", "ClusterRole With Write Privileges Created"),
        ("create_cluster_role_pod_exec", "ClusterRole With Pod Exec Created"),
        ("create_deployment", "K8s Deployment Created"), ("delete_deployment", "K8s Deployment Deleted"),
        ("create_service", "K8s Service Created"), ("delete_service", "K8s Service Deleted"),
        ("create_configmap", "K8s ConfigMap Created"), ("delete_configmap", "K8s ConfigMap Deleted"),
        ("some-user_creates_namespace_foo", "K8s Namespace Created"), ("delete_namespace_foo", "K8s Namespace Deleted"),
        ("some-user_creates_namespace_foo", "Disallowed K8s User"),
        ("create_serviceaccount", "K8s Serviceaccount Created"),
        ("delete_serviceaccount", "K8s Serviceaccount Deleted"),
        ("create_clusterrole", "K8s ClusterRole Created"), ("delete_clusterrole", "K8s ClusterRole Deleted"),
        ("create_clusterrolebinding", "K8s ClusterRoleBinding Created"),
        ("delete_clusterrolebinding", "K8s ClusterRoleBinding Deleted"),
        ("create_secret", "K8s Secret Created"), ("delete_secret", "K8s Secret Deleted"),
        ("create_kube_system_secret", "!K8s Secret Created"),
        ("create_service_account_token_secret", "!K8s Secret Created"),
    ]

    /// The stock rules, compiled once for all tests.
    private static let program: RuleProgram? = {
        var loader = RuleLoader(sources: TestSources.all)
        _ = try? TestSources.load("falco-rules/k8s_audit_rules.yaml", into: &loader)
        return RuleProgram(loader, source: "k8s_audit")
    }()

    /// The names of the rules that fire on each line of a file.
    private func fired(_ file: String) throws -> [Set<String>] {
        let program = try #require(Self.program)
        var matcher = RuleMatcher<JSONFieldReader>(program)
        var reader = JSONFieldReader.kubernetesAudit()
        let bytes = Array(try Data(contentsOf: TestData.url("threat/k8s-audit/\(file).json")))
        var results: [Set<String>] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let result = try Array(line).withUnsafeBufferPointer { text in
                try reader.read(text, number: UInt64(results.count + 1), time: 1_700_000_000_000_000_000)
                let count = matcher.match(&reader)
                for place in 0..<count {
                    let alert = matcher.alert(matcher.match(place), time: 1, hostname: "h", &reader)
                    _ = try JSONReader.read(alert.json)
                }
                return Set((0..<count).map { program.rules[matcher.match($0)].name })
            }
            results.append(result)
        }
        return results
    }

    @Test(arguments: expectations)
    func `the rule that a file is made for fires`(file: String, rule: String) throws {
        let results = try fired(file)
        #expect(!results.isEmpty)
        for names in results {
            if rule.hasPrefix("!") {
                #expect(!names.contains(String(rule.dropFirst())), "\(names)")
            } else {
                #expect(names.contains(rule), "\(names)")
            }
        }
    }

    @Test
    func `what is no audit event fires nothing`() throws {
        #expect(try fired("fal_01_003").allSatisfy { $0.isEmpty || $0 == ["All K8s Audit Events"] })
    }

    @Test
    func `the events of a webhook's list are read one after the other`() throws {
        let program = try #require(Self.program)
        var matcher = RuleMatcher<JSONFieldReader>(program)
        var reader = JSONFieldReader.kubernetesAudit()
        var body = Array(#"{"kind":"EventList","items":["#.utf8)
        for (place, file) in ["create_service", "create_secret", "fal_01_003"].enumerated() {
            body += (place > 0 ? [UInt8(ascii: ",")] : [])
            body += Array(try Data(contentsOf: TestData.url("threat/k8s-audit/\(file).json")))
        }
        body += Array("]}".utf8)
        var fired: [Set<String>] = []
        var numbers: [UInt64] = []
        try body.withUnsafeBufferPointer { text in
            try reader.read(text, number: 5, time: 1)
            let isList = reader.isList
            #expect(isList)
            #expect(matcher.match(&reader) == 0)
            while reader.nextItem() {
                let count = matcher.match(&reader)
                fired.append(Set((0..<count).map { program.rules[matcher.match($0)].name }))
                numbers.append(reader.number)
            }
        }
        #expect(numbers == [5, 6, 7])
        #expect(fired.count == 3 && fired[0].contains("K8s Service Created") && fired[1].contains("K8s Secret Created"))
        #expect(fired.last?.contains("K8s Secret Created") == false)
    }

    @Test
    func `fields of GitLab's audit events are read`() throws {
        let rules = """
            - rule: impersonation
              desc: d
              condition: gitlab.event_type=user_impersonation
              output: "%gitlab.author_name %gitlab.ip %gitlab.custom_message %gitlab.detail[target_type] %jevt.value[/details/author_class]"
              priority: WARNING
              source: gitlab
            - rule: all
              desc: d
              condition: gitlab.id exists and gitlab.entity_type exists
              output: "%gitlab.event_type %gitlab.details"
              priority: INFO
              source: gitlab
            """
        var loader = RuleLoader(sources: TestSources.all)
        let result = loader.load(name: "g.yaml", content: Array(rules.utf8))
        #expect(result.errors.map(\.message) == [])
        let program = try #require(RuleProgram(loader, source: "gitlab"))
        var matcher = RuleMatcher<JSONFieldReader>(program)
        var reader = JSONFieldReader.gitLab()
        let folder = TestData.url("threat/gitlab-audit").path
        var counts: [String: Int] = [:]
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where file.hasSuffix(".json") {
            let bytes = Array(try Data(contentsOf: TestData.url("threat/gitlab-audit/\(file)")))
            try bytes.withUnsafeBufferPointer { text in
                try reader.read(text, number: 1, time: 1)
                for place in 0..<matcher.match(&reader) {
                    counts[program.rules[matcher.match(place)].name, default: 0] += 1
                    let alert = matcher.alert(matcher.match(place), time: 1, hostname: "h", &reader)
                    #expect(
                        !alert.message.contains("<NA>") || alert.rule == "impersonation",
                        "\(file): \(alert.message)"
                    )
                }
            }
        }
        #expect(counts == ["all": 23, "impersonation": 1])
    }

    @Test(arguments: 0..<200)
    func `broken documents give errors or events, never crashes`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let program = try #require(Self.program)
        var matcher = RuleMatcher<JSONFieldReader>(program)
        var reader = JSONFieldReader.kubernetesAudit()
        var bytes = Array(try Data(contentsOf: TestData.url("threat/k8s-audit/create_nginx_pod_privileged.json")))
        for _ in 0..<(1 + random.next() % 8) {
            let place = Int(random.next() % UInt64(max(bytes.count, 1)))
            guard place < bytes.count else { break }
            switch random.next() % 3 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.removeSubrange(place..<min(place + 5, bytes.count))
            default: bytes = Array(bytes[..<max(place, 1)])
            }
        }
        bytes.withUnsafeBufferPointer { text in
            do throws(JSONError) {
                try reader.read(text, number: 1, time: 1)
            } catch {
                #expect(error.offset <= text.count)
            }
            for place in 0..<matcher.match(&reader) {
                _ = matcher.alert(matcher.match(place), time: 1, hostname: "h", &reader)
            }
        }
    }
}
