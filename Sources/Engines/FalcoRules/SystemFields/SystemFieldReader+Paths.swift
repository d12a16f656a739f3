// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SystemCapture

extension SystemFieldReader {
    mutating func pathValue(_ code: SystemFieldCode.PathField, of event: SystemEvent) -> FieldValue {
        switch code {
        case .inputType, .inputName: return standardDescriptor(0, isName: code == .inputName, of: event)
        case .outputType, .outputName: return standardDescriptor(1, isName: code == .outputName, of: event)
        case .errorType, .errorName: return standardDescriptor(2, isName: code == .errorName, of: event)
        default: break
        }
        // Only what a call did has a path, not what it failed to do.
        guard !event.isEnter, let result = event.parameter(0).signed64, result >= 0,
            let index = pathParameter(code, of: event)
        else {
            return .absent
        }
        let raw = event.parameter(index).textBytes
        if code == .rawName || code == .rawSource || code == .rawTarget {
            return .bytes(UnsafeRawBufferPointer(raw))
        }
        scratch.begin()
        scratch.append(resolved(raw, index: index, of: event))
        return scratch.finish()
    }

    /// The parameter with the path that a field means; nil for calls that have none.
    private func pathParameter(_ code: SystemFieldCode.PathField, of event: SystemEvent) -> Int? {
        guard event.kind.pointee.category.bytes.elementsEqual("file".utf8) || event.type == 415 || event.type == 417
        else {
            return nil
        }
        switch code {
        case .source, .rawSource:
            return event.parameterIndex(of: "oldpath") ?? event.parameterIndex(of: "linkpath")
        case .target, .rawTarget:
            return event.parameterIndex(of: "newpath") ?? event.parameterIndex(of: "target")
        default:
            return event.parameterIndex(of: "path") ?? event.parameterIndex(of: "pathname")
                ?? event.parameterIndex(of: "filename") ?? event.parameterIndex(of: "name")
                ?? event.parameterIndex(of: "dir")
        }
    }

    /// The type or the name of one of the three descriptors that a process begins with.
    private mutating func standardDescriptor(_ number: Int64, isName: Bool, of event: SystemEvent) -> FieldValue {
        guard let entry = state.descriptor(number, ofThread: event.threadID)?.pointee else {
            return .absent
        }
        return isName ? name(of: entry, withContainer: false, event: event) : entry.typeName
    }
}
