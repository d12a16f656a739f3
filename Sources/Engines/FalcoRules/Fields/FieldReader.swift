// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Answers what the fields of the current event are.
///
/// One reader stands for one source of events. Whoever drives it moves it to the next event and then hands it to a
/// ``RuleMatcher``, which is generic over the reader, so that each call is direct. Readers neither allocate nor
/// retain anything per event: text is pointed to where it lies, or composed in scratch memory that the reader owns and
/// overwrites with the next event. Within one event a value once given stays good.
package protocol FieldReader: ~Copyable {
    /// The number of the event's type, below the catalogue's ``EventTypeTable/count``; 0 for sources without types.
    var eventType: Int { get }

    /// Stands for all values with the flag ``FieldDefinition/Flags/ofProcess``: events with the same stamp have the same
    /// values of those fields. So it differs between any two threads whose values differ, and changes with an `execve`, a
    /// `setuid`, with capabilities, and when a container's facts become known. 0 where the reader does not know, or where
    /// the process is unknown; then nothing is remembered.
    var processStamp: UInt64 { get }

    /// The value of a field that has one, or the first one of a field that has several.
    mutating func value(of field: FieldReference) -> FieldValue

    /// All values of a field that may have several: appends to `values`, which the caller has emptied.
    ///
    /// - Returns: false where the event does not have the field; an empty list is a value.
    mutating func values(of field: FieldReference, into values: inout FieldValues) -> Bool
}

extension FieldReader where Self: ~Copyable {
    package var processStamp: UInt64 { 0 }

    package mutating func values(of field: FieldReference, into values: inout FieldValues) -> Bool {
        let value = value(of: field)
        guard !value.isAbsent else { return false }
        values.append(value)
        return true
    }
}
