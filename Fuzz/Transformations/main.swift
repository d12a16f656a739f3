// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SecLang

/// Runs every transformation on the input and traps where one breaks its contract: more output than announced, bytes
/// written behind it, or a change without a trigger.
///
/// Build with `-sanitize=fuzzer,address -parse-as-library`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTransformations(_ start: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: start == nil ? 0 : size)
    let classes = ByteClasses.classify(input)
    for transformation in Transformation.allCases {
        let bound = transformation.maximumOutputLength(of: input.count)
        // Exactly the announced room, so that the address sanitizer sees a byte too many.
        let output = UnsafeMutablePointer<UInt8>.allocate(capacity: bound)
        defer {
            output.deallocate()
        }
        let count = transformation.apply(input, into: output, unicodeMap: nil)
        precondition(count >= 0 && count <= bound, "\(transformation) wrote \(count) of at most \(bound) bytes")
        let isSame = UnsafeBufferPointer(start: output, count: count).elementsEqual(input)
        precondition(
            isSame || !classes.isDisjoint(with: transformation.triggers),
            "\(transformation) changed a value without a trigger"
        )
    }
    fuzzOperators(input)
    return 0
}

/// Runs the operators' kernels with one part of the input as argument and the rest as value.
private func fuzzOperators(_ input: UnsafeBufferPointer<UInt8>) {
    let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
        return
    }
    let argument = UnsafeBufferPointer(rebasing: parts[0])
    let value = UnsafeBufferPointer(rebasing: parts[1])
    let text = Array(argument)
    _ = StringKernels.containsWord(value, argument)
    precondition(StringKernels.within(argument, value) == (StringKernels.contains(value, argument) != nil))
    _ = URLEncodingValidation.firstFault(in: value)
    let isValid = String(validating: value, as: UTF8.self) != nil
    precondition((UTF8Validation.firstFault(in: value) == nil) == isValid, "not agreed on what UTF-8 is")
    _ = try? IPRangeSet(argument: text).contains(value)
    _ = try? ByteRangeSet(argument: text).countOutside(in: value)
    _ = try? UnicodeMap(parsing: text, codePage: 20127)
    for check in NumberVerification.allCases {
        _ = check.accepts(value)
    }
}
