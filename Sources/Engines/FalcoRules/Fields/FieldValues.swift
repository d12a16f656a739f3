// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Room for the values of a field that has several: an array's elements, both ends of a connection, all ancestors.
///
/// Made once and used again for every event.
package struct FieldValues: ~Copyable {
    /// More than any reader has to give; what comes after is dropped and counted.
    package static let capacity = 4096

    private let storage: UnsafeMutablePointer<FieldValue>
    package private(set) var count = 0
    /// How many values found no room since the buffer was made.
    package private(set) var dropped = 0

    package init() {
        storage = .allocate(capacity: Self.capacity)
    }

    deinit {
        storage.deallocate()
    }

    package mutating func removeAll() {
        count = 0
    }

    package mutating func append(_ value: FieldValue) {
        guard count < Self.capacity else {
            dropped += 1
            return
        }
        storage[count] = value
        count += 1
    }

    package subscript(index: Int) -> FieldValue {
        precondition(index >= 0 && index < count, "a value beyond the last")
        return storage[index]
    }
}
