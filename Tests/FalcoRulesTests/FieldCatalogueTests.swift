// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import FalcoRules

@Suite
struct FieldCatalogueTests {
    private let catalogue = FieldCatalogue.system(eventTypes: .none)

    @Test
    func `every field has the number of its place`() {
        #expect(catalogue.definitions.count > 290)
        for (place, definition) in catalogue.definitions.enumerated() {
            #expect(Int(definition.number) == place)
            #expect(catalogue[name: definition.name] == definition, "\(definition.name) is there twice")
        }
    }

    @Test
    func `types, arguments and several values are read from the table`() {
        #expect(catalogue[name: "proc.name"]?.type == .text)
        #expect(catalogue[name: "proc.aname"]?.cardinality == .ancestors)
        #expect(catalogue[name: "proc.aname"]?.argument == .optionalIndex)
        #expect(catalogue[name: "evt.arg"]?.argument == .requiredKey)
        #expect(catalogue[name: "fd.net"]?.type == .network)
        #expect(catalogue[name: "fd.ip"]?.cardinality == .eitherEnd)
        #expect(catalogue[name: "fd.types"]?.cardinality == .list)
        #expect(catalogue[name: "evt.dir"]?.flags == .deprecated)
        #expect(catalogue[name: "proc.shoesize"] == nil)
    }

    @Test
    func `values keep what was put in`() {
        #expect(FieldValue.signed(-2).signedValue == -2)
        #expect(FieldValue.double(0.5).doubleValue == 0.5)
        let address: UInt128 = 1 << 127 | 5
        #expect(FieldValue.ipv6(address).ipv6Bits == address)
        #expect(FieldValue.text("abc").bytes.elementsEqual("abc".utf8))
        #expect(FieldValue.absent.bytes.isEmpty && FieldValue.absent.isAbsent)
    }
}
