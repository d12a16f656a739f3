// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// The values that every transaction has before it has seen anything: made once, as copying them is cheaper.
struct InitialValues: Sendable {
    private(set) var values: [StoredValue] = []
    /// The stored value of each single-valued variable; -1 where it has none.
    private(set) var scalars = [Int32](repeating: -1, count: Variable.allCases.count)

    /// Where the text `0` lies in an arena: right at its start.
    static let zero = ByteRange(offset: 0, length: 1)

    init() {
        let digit: [UInt8] = [UInt8(ascii: "0")]
        let classes = digit.withUnsafeBufferPointer { ByteClasses.classify($0) }
        for variable in Self.zeroByDefault {
            add(variable, StoredValue(key: .empty, bytes: Self.zero, classes: classes, origin: .none))
        }
        // These exist from the start, with nothing in them: rules test that no processor was chosen.
        for variable in [Variable.reqbodyProcessor, .reqbodyErrorMessage, .reqbodyProcessorErrorMessage] {
            add(variable, StoredValue(key: .empty, bytes: .empty, classes: .any, origin: .none))
        }
    }

    private mutating func add(_ variable: Variable, _ value: StoredValue) {
        values.append(value)
        scalars[Int(variable.rawValue)] = Int32(values.count - 1)
    }

    private static let zeroByDefault: [Variable] = [
        .reqbodyError, .reqbodyProcessorError, .urlencodedError, .inboundDataError, .outboundDataError,
        .multipartBoundaryQuoted, .multipartBoundaryWhitespace, .multipartCRLFLFLines, .multipartDataAfter,
        .multipartDataBefore, .multipartFileLimitExceeded, .multipartHeaderFolding, .multipartInvalidHeaderFolding,
        .multipartInvalidPart, .multipartInvalidQuoting, .multipartLFLine, .multipartMissingSemicolon,
        .multipartStrictError, .multipartUnmatchedBoundary, .argsCombinedSize, .filesCombinedSize, .requestBodyLength,
        .pcreError, .pcreLimitsExceeded,
    ]
}
