// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
package import EventBus
internal import SecLang

/// Puts each exchange that the firewall has seen on the bus, whatever became of it.
package final class TransactionRecorder: Sendable {
    private let producer: EventProducer

    package init(_ producer: EventProducer) {
        self.producer = producer
    }

    /// Never waits: where the bus has no room the event is dropped, and counted there.
    func record(_ event: TransactionEvent) {
        var json = JSONWriter()
        event.append(to: &json)
        let facts = EventFacts(
            time: Int64(clamping: event.record.startTime),
            eventClass: .httpActivity,
            severity: event.severity,
            disposition: event.disposition
        )
        let client = EntityKey(.address, name: event.record.connection.clientAddress.utf8)
        guard let application = event.application else {
            producer.append(json.bytes, facts, entities: [client])
            return
        }
        producer.append(json.bytes, facts, entities: [client, EntityKey(.service, name: application.utf8)])
    }
}
