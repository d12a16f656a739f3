// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

// The readers of scanners' reports in JSON, XML, CSV and text, behind the detection of their format.

import Bytes
import ReportFormats

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReports(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let whole = read(input, piece: 1 << 20)
    let pieces = read(input, piece: 7)
    precondition(whole == pieces, "a report is the same in whatever pieces it comes")
    return 0
}

/// A report that comes in pieces.
private final class PieceSource: ByteSource {
    private let bytes: [UInt8]
    private let piece: Int
    private var place = 0

    init(_ bytes: [UInt8], piece: Int) {
        self.bytes = bytes
        self.piece = piece
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = min(piece, buffer.count, bytes.count - place)
        buffer.copyBytes(from: bytes[place..<(place + count)])
        place += count
        return count
    }

    func rewind() throws { place = 0 }
}

/// How many findings a report has, or that it cannot be read.
private func read(_ input: [UInt8], piece: Int) -> Int? {
    var count = 0
    do {
        let summary = try ReportReader().read(PieceSource(input, piece: piece)) { finding in
            count += 1
            precondition(finding.title.utf8.count <= 1 << 11, "titles are cut")
        }
        precondition(summary.findingCount == count)
        return count
    } catch let error as ReportError {
        precondition(!error.description.isEmpty && !error.description.contains("\n"), "an error is one line")
        return nil
    } catch {
        preconditionFailure("\(error)")
    }
}
