// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CSensor
internal import Foundation
internal import Glibc

/// What of this machine can be watched, each tried for a moment.
package struct SensorReport: Sendable {
    package struct Check: Sendable {
        package let name: String
        package let works: Bool
        /// What works, or what is missing and what would help.
        package let detail: String
    }

    package let checks: [Check]
    /// The source that is chosen: `ebpf`, `proc-connector` or `procfs`; nil where there is none.
    package let best: String?

    /// Tries all sources. It takes less than a second.
    package static func make() -> SensorReport {
        let programs = programs()
        let connector = connector()
        let guarding = execGuard()
        let processes = processes()
        let best = programs.works ? "ebpf" : connector.works ? "proc-connector" : processes.works ? "procfs" : nil
        return SensorReport(
            checks: [typeInformation(), programs, denial(), connector, guarding, processes],
            best: best
        )
    }

    private static func typeInformation() -> Check {
        let works = sensor_has_type_information() != 0
        return Check(
            name: "types of the kernel (BTF)",
            works: works,
            detail: works ? "/sys/kernel/btf/vmlinux" : "the kernel was built without CONFIG_DEBUG_INFO_BTF"
        )
    }

    private static func programs() -> Check {
        let name = "programs in the kernel (eBPF)"
        do throws(SensorError) {
            let running = try KernelSensor().programs.filter(\.isRunning).map(\.name)
            return Check(name: name, works: true, detail: "running: \(running.joined(separator: ", "))")
        } catch {
            return Check(name: name, works: false, detail: error.message)
        }
    }

    /// The hierarchy of the second version, in which connections can be denied.
    package static var cgroupFolder: String? {
        ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].first { access("\($0)/cgroup.controllers", F_OK) == 0 }
    }

    private static func denial() -> Check {
        let name = "connections can be denied"
        guard let folder = cgroupFolder else {
            return Check(name: name, works: false, detail: "no cgroup hierarchy of the second version is mounted")
        }
        do throws(SensorError) {
            let programs = try KernelSensor(cgroup: folder).programs.filter { $0.name.contains("connect") }
            let refused = programs.first { !$0.isRunning }
            return Check(
                name: name,
                works: refused == nil,
                detail: refused.map { "\($0.name): \($0.refusal ?? "not loaded")" } ?? folder
            )
        } catch {
            return Check(name: name, works: false, detail: error.message)
        }
    }

    private static func connector() -> Check {
        let name = "reports of processes (proc connector)"
        do throws(SensorError) {
            _ = try ConnectorCapture()
            return Check(name: name, works: true, detail: "programs that start and end; no files, no connections")
        } catch {
            return Check(name: name, works: false, detail: error.message)
        }
    }

    private static func execGuard() -> Check {
        let descriptor = exec_guard_open("/")
        guard descriptor >= 0 else {
            return Check(
                name: "programs can be denied (fanotify)",
                works: false,
                detail: String(cString: strerror(-descriptor))
            )
        }
        close(descriptor)
        return Check(name: "programs can be denied (fanotify)", works: true, detail: "before they run, for each mount")
    }

    private static func processes() -> Check {
        let count = ProcessSnapshot.numbers(in: "/proc").count
        return Check(name: "list of processes (/proc)", works: count > 0, detail: "\(count) processes")
    }
}
