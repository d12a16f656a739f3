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
    ///
    /// - Parameter client: the client's address; nil where it has none.
    func record(_ event: TransactionEvent, from client: IPAddress?) {
        var json = JSONWriter()
        event.append(to: &json)
        let facts = EventFacts(
            time: Int64(clamping: event.record.startTime),
            eventClass: .httpActivity,
            severity: event.severity,
            disposition: event.disposition
        )
        var keys = [Self.key(of: client, event.record.connection.clientAddress)]
        if let application = event.application { keys.append(EntityKey(.service, name: application.utf8)) }
        for entity in event.entities { keys.append(EntityKey(entity)) }
        producer.append(json.bytes, facts, entities: keys)
    }

    /// Proxies spell IPv6 addresses as they like; one client has one key. Of IPv4 there is one spelling.
    private static func key(of address: IPAddress?, _ text: String) -> EntityKey {
        guard let address, text.utf8.contains(UInt8(ascii: ":")) else { return EntityKey(.address, name: text.utf8) }
        return EntityKey(Entity(address))
    }
}
