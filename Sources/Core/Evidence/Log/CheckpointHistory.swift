// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The file of all checkpoints that a log has signed, oldest first, each followed by a blank line.
enum CheckpointHistory {
    /// A checkpoint as it was found; whether it is one, and true, is to be seen.
    struct Record {
        /// Where it begins in the file.
        let offset: Int
        let bytes: [UInt8]
    }

    /// Cuts the content of the file into notes.
    ///
    /// - Parameter start: the offset of the content in the file.
    /// - Returns: the records, and the offset of what follows the last whole one.
    static func split(_ content: [UInt8], start: Int = 0) -> (records: [Record], end: Int) {
        var records: [Record] = []
        var begin = 0
        // A note's text has no blank line; the first ends the text, the second the note.
        var blankLines = 0
        for index in content.indices.dropFirst()
        where content[index] == 0x0A && content[index - 1] == 0x0A && index > begin {
            blankLines += 1
            if blankLines == 2 {
                records.append(Record(offset: start + begin, bytes: Array(content[begin..<index])))
                begin = index + 1
                blankLines = 0
            }
        }
        return (records, start + begin)
    }

    /// Hands over all records, oldest first, in pieces of a megabyte.
    ///
    /// - Returns: the offset of what follows the last whole record, and the size of the file.
    static func forEach(
        in file: StorageFile,
        _ body: (Record) -> Void
    ) throws(EvidenceError) -> (end: Int, size: Int) {
        let size = try file.size()
        var end = 0
        var length = 1 << 20
        while end < size {
            let content = try file.read(min(length, size - end), at: end)
            guard !content.isEmpty else { break }
            let (records, next) = split(content, start: end)
            for record in records { body(record) }
            if next == end {
                // No whole record: one that is longer, or what a crash left.
                guard content.count == length else { break }
                length *= 2
            }
            end = next
        }
        return (end, size)
    }

    /// Reads the newest checkpoint, and where its record ends.
    ///
    /// - Returns: nil where there is none.
    static func newest(in file: StorageFile) throws(EvidenceError) -> (checkpoint: SignedCheckpoint, end: Int)? {
        let size = try file.size()
        var start = max(0, size - 64 * 1024)
        var content = try file.read(size - start, at: start)
        if start > 0 {
            // A record ends where a blank line follows a signature.
            guard let cut = firstRecordEnd(in: content) else {
                throw EvidenceError(.damaged, "no checkpoint among the last 64 KiB", file: file.path, offset: start)
            }
            start += cut
            content.removeFirst(cut)
        }
        let (records, end) = split(content, start: start)
        guard let last = records.last else { return nil }
        do throws(EvidenceError) {
            return (try SignedCheckpoint(last.bytes), end)
        } catch {
            throw EvidenceError(.damaged, error.message, file: file.path, offset: last.offset)
        }
    }

    private static func firstRecordEnd(in content: [UInt8]) -> Int? {
        var isSignature = false
        var lineStart = 0
        for index in content.indices where content[index] == 0x0A {
            if index == lineStart, isSignature { return index + 1 }
            isSignature = content[lineStart...].starts(with: [0xE2, 0x80, 0x94, 0x20])
            lineStart = index + 1
        }
        return nil
    }

    /// Whether bytes behind the last whole record are the beginning of one, as a crash may leave it.
    ///
    /// What has all the bytes of a record and is none was changed.
    static func isUnfinished(_ rest: [UInt8]) -> Bool {
        guard rest.count <= 4096 else { return false }
        let lines = rest.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
        guard lines.count == 3 else { return true }
        // The root is 44 characters of Base 64; each line has its end.
        let text = lines[0].count + 1 + lines[1].count + 1 + 44 + 1
        // The dash, two spaces and the line end around the origin and the Base 64 of id and signature.
        let signature = 6 + lines[0].count + (4 + NoteKey.signatureLength + 2) / 3 * 4
        return rest.count < text + 1 + signature + 1
    }

    /// The bytes to append for a checkpoint.
    static func record(_ checkpoint: SignedCheckpoint) -> [UInt8] {
        checkpoint.bytes + [0x0A]
    }
}
