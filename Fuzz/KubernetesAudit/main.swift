// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import FalcoRules

/// Reads any bytes as an audit event and asks it for fields of every shape.
private let program: RuleProgram? = {
    let rules = """
        - rule: all
          desc: d
          source: k8s_audit
          priority: INFO
          condition: ka.verb exists or ka.user.groups intersects (a, b) or ka.uri.param[command] = sh
          output: "%ka.user.name %ka.req.pod.containers.image.repository %ka.req.pod.containers.eff_run_as_user
            %ka.req.configmap.obj %jevt.value[/requestObject/spec/volumes/0/name] %ka.req.role.rules.verbs
            %ka.req.pod.volumes.volume_type %ka.req.volume.hostpath[/var*] %jevt.obj"
        """
    var loader = RuleLoader(sources: [.kubernetesAudit])
    let result = loader.load(name: "fuzz.yaml", content: Array(rules.utf8))
    precondition(result.isSuccessful)
    return RuleProgram(loader, source: "k8s_audit")
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAuditEvent(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard let program else { return 0 }
    var matcher = RuleMatcher<JSONFieldReader>(program)
    var reader = JSONFieldReader.kubernetesAudit()
    do throws(JSONError) {
        try reader.read(UnsafeBufferPointer(start: data, count: size), number: 1, time: 1)
    } catch {
        precondition(error.offset <= size)
    }
    for place in 0..<matcher.match(&reader) {
        precondition(!matcher.alert(matcher.match(place), time: 1, hostname: "h", &reader).json.isEmpty)
    }
    return 0
}
