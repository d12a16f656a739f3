// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The best source of system calls that this machine has.
package struct LiveSource: ~Copyable {
    private var capture: LiveCapture?
    private let connector: ConnectorCapture?
    private let sensor: KernelSensor?
    /// `ebpf` or `proc-connector`.
    package let name: String

    /// Tries programs in the kernel, then its reports of processes.
    ///
    /// - Throws: ``SensorError`` that says why neither works.
    package init(calls: SystemCallTable) throws(SensorError) {
        do throws(SensorError) {
            let sensor = try KernelSensor(calls: calls)
            self.sensor = sensor
            capture = LiveCapture(sensor: sensor, calls: calls)
            connector = nil
            name = "ebpf"
        } catch let refusal {
            do throws(SensorError) {
                connector = try ConnectorCapture()
            } catch {
                throw SensorError(refusal.code, "\(refusal.message); \(error.message)")
            }
            capture = nil
            sensor = nil
            name = "proc-connector"
        }
    }

    /// The next bytes of a capture that does not end; empty where nothing happened meanwhile.
    package mutating func next(wait milliseconds: Int) throws(SensorError) -> [UInt8] {
        if let connector { return try connector.next(wait: milliseconds) }
        return try capture?.next(wait: milliseconds) ?? []
    }

    /// What found no room in the kernel's rings.
    package func losses() throws(SensorError) -> [KernelSensor.Loss] { try sensor?.losses() ?? [] }
}
