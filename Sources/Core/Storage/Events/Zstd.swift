// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CZstd

/// Compresses with zstd (RFC 8878), and keeps its memory for the next time.
struct ZstdCompressor: ~Copyable {
    private let context: OpaquePointer
    private let level: Int32

    /// - Throws: ``StorageError/Code/inputOutput`` where there is no memory for it.
    init(level: Int32) throws(StorageError) {
        guard let context = ZSTD_createCCtx() else { throw StorageError(.inputOutput, "no memory to compress with") }
        self.context = context
        self.level = level
    }

    deinit {
        ZSTD_freeCCtx(context)
    }

    func compress(_ bytes: [UInt8]) throws(StorageError) -> [UInt8] {
        var code = 0
        let result = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, used in
            code = bytes.withUnsafeBytes {
                ZSTD_compressCCtx(context, buffer.baseAddress, buffer.count, $0.baseAddress, $0.count, level)
            }
            used = ZSTD_isError(code) == 0 ? code : 0
        }
        guard ZSTD_isError(code) == 0 else { throw zstdError(code, "cannot be compressed") }
        return result
    }
}

/// Undoes zstd, into memory that the caller has.
struct ZstdDecompressor: ~Copyable {
    private let context: OpaquePointer

    /// - Throws: ``StorageError/Code/inputOutput`` where there is no memory for it.
    init() throws(StorageError) {
        guard let context = ZSTD_createDCtx() else { throw StorageError(.inputOutput, "no memory to decompress with") }
        self.context = context
    }

    deinit {
        ZSTD_freeDCtx(context)
    }

    /// Fills a buffer with what was compressed.
    ///
    /// - Throws: ``StorageError/Code/corrupt`` where that has not exactly as many bytes, or is damaged.
    func decompress(
        _ data: UnsafeRawBufferPointer,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) {
        let code = ZSTD_decompressDCtx(context, buffer.baseAddress, buffer.count, data.baseAddress, data.count)
        guard ZSTD_isError(code) == 0 else { throw zstdError(code, "cannot be decompressed") }
        guard code == buffer.count else {
            throw StorageError(.corrupt, "has \(code) bytes decompressed, not \(buffer.count)")
        }
    }
}

private func zstdError(_ code: Int, _ what: String) -> StorageError {
    StorageError(.corrupt, "\(what): \(ZSTD_getErrorName(code).map { String(cString: $0) } ?? "error \(code)")")
}
