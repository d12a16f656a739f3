// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
internal import HTTPTypes

/// Takes in the body of an upload as it comes: raw, or as a form with a file; packed by gzip as a whole, or its file.
///
/// Nothing of the report is held in memory. It ends in a file, unpacked, so that it can be gone through twice.
final class UploadReceiver {
    private let limit: Int
    private let file: UploadFile
    private var sent = 0
    private var hash = SHA256()
    /// Unpacks the whole body.
    private let coding: GzipReader?
    private var form: MultipartReader?
    private var fields: [(String, String)] = []
    private var current: Current = .other
    private var value: [UInt8] = []
    private var hasFile = false
    private var name: String?
    /// The first bytes of the report, which tell whether it is packed.
    private var beginning: [UInt8] = []
    private var isDecided = false
    private var packing: GzipReader?

    private enum Current {
        case file
        case field(String)
        case other
    }

    private static let longestField = 64 << 10

    /// - Parameters:
    ///   - folder: where the file is to be.
    ///   - limit: the most bytes that are sent.
    ///   - room: how much of the disk there is for it.
    /// - Throws: ``Problem`` for types and codings that are not taken.
    init(_ headers: HTTPFields, folder: String, limit: Int, room: UploadRoom = UploadRoom()) throws(Problem) {
        self.limit = limit
        switch headers[.contentEncoding]?.lowercased() {
        case nil, "", "identity": coding = nil
        case "gzip", "x-gzip": coding = try GzipReader()
        default:
            throw Problem(.unsupportedMediaType, "unsupported_media_type", "the only Content-Encoding taken is gzip")
        }
        let type = headers[.contentType] ?? ""
        if type.lowercased().hasPrefix("multipart/form-data") { form = try MultipartReader(contentType: type) }
        let length = headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= limit else { throw Self.tooLarge(limit) }
        file = try UploadFile(in: folder, room, for: length)
    }

    private static func tooLarge(_ limit: Int) -> Problem {
        Problem(
            .contentTooLarge,
            "too_large",
            "a report has \(Count.bytes(limit)) at most as it is sent; pack it with gzip"
        )
    }

    func feed(_ bytes: [UInt8]) throws {
        sent += bytes.count
        guard sent <= limit else { throw Self.tooLarge(limit) }
        hash.update(data: bytes)
        if let coding { try coding.feed(bytes) { try take($0) } } else { try take(bytes) }
    }

    /// - Parameter place: is kept by the upload.
    /// - Throws: ``Problem`` where it breaks off, or holds no report.
    func finish(_ place: UploadPlace? = nil) throws -> Upload {
        if let coding, !coding.isAtEnd { throw Problem.badRequest("the gzip breaks off") }
        if let form {
            guard form.isComplete else { throw Problem.badRequest("the form breaks off") }
            guard hasFile else { throw Problem.invalid("the form has no file", member: "file") }
        }
        try decide()
        if let packing, !packing.isAtEnd { throw Problem.badRequest("the packed report breaks off") }
        guard file.size > 0 else { throw Problem.invalid("the report is empty", member: "file") }
        file.keep()
        return Upload(
            path: file.path,
            name: name,
            size: file.size,
            fields: fields,
            digest: Array(hash.finalize()),
            place: place
        )
    }

    // MARK: The form

    private func take(_ bytes: [UInt8]) throws {
        guard var form else { return try report(bytes[...]) }
        defer { self.form = form }
        try form.feed(bytes) { event in
            switch event {
            case .part(let name, let file): try begin(name, file)
            case .data(let data): try add(data)
            case .end: try end()
            }
        }
    }

    private func begin(_ name: String, _ file: String?) throws(Problem) {
        value = []
        guard name == "file" else {
            current = file == nil ? .field(name) : .other
            return
        }
        guard !hasFile else { throw .invalid("file is there twice", member: "file") }
        hasFile = true
        current = .file
        self.name = file.map { String($0.split(separator: "/").last ?? "").prefix(200) }.map { String($0) }
    }

    private func add(_ data: ArraySlice<UInt8>) throws {
        switch current {
        case .file: try report(data)
        case .field(let name):
            guard value.count + data.count <= Self.longestField else {
                throw Problem.invalid("\(name) is too long", member: name)
            }
            value += data
        case .other: break
        }
    }

    private func end() throws(Problem) {
        guard case .field(let name) = current else { return }
        guard let text = String(validating: value, as: UTF8.self) else {
            throw .invalid("\(name) is no UTF-8", member: name)
        }
        fields.append((name, text))
        current = .other
    }

    // MARK: The report

    private func report(_ bytes: ArraySlice<UInt8>) throws {
        if isDecided { return try write(bytes) }
        beginning += bytes
        if beginning.count >= 4 { try decide() }
    }

    /// Looks whether the report is packed.
    private func decide() throws {
        guard !isDecided else { return }
        isDecided = true
        if beginning.starts(with: [0x1F, 0x8B]) { packing = try GzipReader() }
        try refuseArchive(beginning)
        let bytes = beginning
        beginning = []
        try write(bytes[...])
    }

    private func write(_ bytes: ArraySlice<UInt8>) throws {
        guard let packing else { return try file.write(bytes) }
        try packing.feed(Array(bytes)) { piece in
            if file.size == 0, piece.starts(with: [0x1F, 0x8B]) {
                throw Problem.invalid("the report is packed twice", member: "file")
            }
            if file.size == 0 { try refuseArchive(piece) }
            // Each packing may hold a hundred times its bytes; one in the other must not hold ten thousand times.
            let limits = GzipReader.Limits()
            guard file.size <= limits.free || file.size / limits.ratio <= sent else {
                throw Problem(
                    .contentTooLarge,
                    "too_large",
                    "unpacked twice, it has over \(limits.ratio) times its size"
                )
            }
            try file.write(piece[...])
        }
    }

    private func refuseArchive(_ bytes: [UInt8]) throws(Problem) {
        guard bytes.starts(with: Array("PK".utf8) + [3, 4]) else { return }
        throw .invalid("this is a zip archive; unpack it, or send its report packed with gzip", member: "file")
    }
}
