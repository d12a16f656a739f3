// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What our sources are called in Sigma, and where fields of rules are found in events that do not have them by name.
package struct LogSourceMap: Sendable {
    /// The log sources in full; a part of one stands for all of it.
    private var sources: [LogSource] = []
    private var pathsOfField: [String: [(source: LogSource, path: String)]] = [:]

    /// Ours.
    package static let standard = LogSourceMap(parsing: builtIn)

    /// Reads lines: `[product/category/service]` begins a log source, `-` standing for none; `Field = path path ...`
    /// lists where a field is found there.
    init(parsing text: StaticString) {
        let text = text.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        var current = LogSource()
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("[") {
                let parts = line.dropFirst().dropLast().split(separator: "/").map { $0 == "-" ? nil : String($0) }
                current = LogSource(product: parts[0], category: parts[1], service: parts[2])
                sources.append(current)
            } else {
                let words = line.split(separator: " ").map { String($0) }
                for path in words.dropFirst(2) { pathsOfField[words[0], default: []].append((current, path)) }
            }
        }
    }

    /// A log source with what is known of it besides: that of Kubernetes' audit log is also of the category
    /// application.
    package func completed(_ source: LogSource) -> LogSource {
        let fitting = sources.filter { source.covers($0) }
        return fitting.count == 1 ? fitting[0] : source
    }

    /// Where a field may be found in the events of a log source, besides under its name.
    func paths(of field: String, in source: LogSource) -> [String] {
        (pathsOfField[field] ?? []).filter { $0.source == source }.map(\.path)
    }

    /// Of the sources that the program's sensors and readers have. Names on the right are those of our events and of
    /// the logs as they are written.
    private static let builtIn: StaticString = """
        [linux/process_creation/-]
        Image = proc.exepath
        CommandLine = proc.cmdline
        ParentImage = proc.pexepath
        ParentCommandLine = proc.pcmdline
        CurrentDirectory = proc.cwd
        User = user.name
        ProcessId = proc.pid
        ParentProcessId = proc.ppid
        LogonId = user.loginuid
        [linux/file_event/-]
        TargetFilename = fd.name
        Image = proc.exepath
        User = user.name
        ProcessId = proc.pid
        [linux/network_connection/-]
        DestinationIp = fd.rip
        DestinationPort = fd.rport
        DestinationHostname = fd.rip.name
        SourceIp = fd.lip
        SourcePort = fd.lport
        Protocol = fd.l4proto
        Image = proc.exepath
        User = user.name
        ProcessId = proc.pid
        [linux/-/auditd]
        [linux/-/auth]
        [linux/-/clamav]
        [linux/-/cron]
        [linux/-/guacamole]
        [linux/-/sshd]
        [linux/-/sudo]
        [linux/-/syslog]
        [linux/-/vsftpd]
        [kubernetes/application/audit]
        hostPath = requestObject.spec.volumes.hostPath
        capabilities = requestObject.spec.containers.securityContext.capabilities.add
        apiGroup = objectRef.apiGroup
        [github/-/audit]
        [gitlab/application/audit]
        [-/webserver/-]
        cs-method = http.method
        cs-uri = http.url
        cs-uri-stem = http.path
        cs-uri-query = http.query
        cs-user-agent = http.user_agent
        cs-host = http.host
        sc-status = http.status
        c-ip = client.ip
        """
}
