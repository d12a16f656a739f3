// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CMaxMindDB
internal import Glibc

/// A MaxMind database (`.mmdb`), mapped into memory.
///
/// Its fields get the names of ModSecurity's `GEO` collection.
// Sendable: the mapping is read-only, and libmaxminddb documents look-ups from several threads.
final class GeoDatabase: @unchecked Sendable {
    private let handle: UnsafeMutablePointer<MMDB_s>

    init(path: String) throws(SyntaxError) {
        let handle = UnsafeMutablePointer<MMDB_s>.allocate(capacity: 1)
        handle.initialize(to: MMDB_s())
        let status = MMDB_open(path, UInt32(MMDB_MODE_MMAP), handle)
        guard status == MMDB_SUCCESS else {
            handle.deallocate()
            throw SyntaxError(
                "\(path): \(String(cString: MMDB_strerror(status)))",
                hint: "SecGeoLookupDb takes a MaxMind database (.mmdb)"
            )
        }
        self.handle = handle
    }

    deinit {
        MMDB_close(handle)
        handle.deallocate()
    }

    private static let fields: [(name: String, path: [String])] = [
        ("COUNTRY_CODE", ["country", "iso_code"]),
        ("COUNTRY_NAME", ["country", "names", "en"]),
        ("COUNTRY_CONTINENT", ["continent", "names", "en"]),
        ("REGION", ["subdivisions", "0", "iso_code"]),
        ("CITY", ["city", "names", "en"]),
        ("POSTAL_CODE", ["postal", "code"]),
        ("LATITUDE", ["location", "latitude"]),
        ("LONGITUDE", ["location", "longitude"]),
    ]

    /// What is known of an address, by the names of the `GEO` collection; nil where it is not listed.
    func lookUp(address: String) -> [(name: [UInt8], value: [UInt8])]? {
        var resolverError: Int32 = 0
        var databaseError: Int32 = 0
        let result = MMDB_lookup_string(handle, address, &resolverError, &databaseError)
        guard resolverError == 0, databaseError == MMDB_SUCCESS, result.found_entry else {
            return nil
        }
        var entry = result.entry
        return Self.fields.compactMap { field in
            Self.text(&entry, field.path).map { (name: Array(field.name.utf8), value: $0) }
        }
    }

    private static func text(_ entry: inout MMDB_entry_s, _ path: [String]) -> [UInt8]? {
        var data = MMDB_entry_data_s()
        let names: [UnsafeMutablePointer<CChar>?] = path.map { strdup($0) }
        defer {
            for name in names {
                free(name)
            }
        }
        var arguments: [UnsafePointer<CChar>?] = names.map { UnsafePointer($0) } + [nil]
        guard MMDB_aget_value(&entry, &data, &arguments) == MMDB_SUCCESS, data.has_data else {
            return nil
        }
        switch Int32(data.type) {
        case MMDB_DATA_TYPE_UTF8_STRING:
            guard let start = data.utf8_string else {
                return nil
            }
            return UnsafeRawBufferPointer(start: start, count: Int(data.data_size)).map { $0 }
        case MMDB_DATA_TYPE_DOUBLE:
            return Array("\(data.double_value)".utf8)
        default:
            return nil
        }
    }
}
