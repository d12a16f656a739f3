// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads the list of users and groups, in both layouts.
enum AccountListReader {
    private static let textLimit = 4096

    static func read(
        _ body: UnsafeRawBufferPointer,
        version: Int,
        at offset: Int,
        into state: SystemState
    ) throws(CaptureError) {
        var list = ListCursor(body, at: offset)
        // The smallest entry is longer than the padding of a block.
        while list.rest >= (version >= 2 ? 4 : 7) {
            if version >= 2 {
                var entry = try list.entry(countsItself: true)
                try read(&entry, into: state)
            } else {
                try read(&list, into: state)
            }
        }
    }

    private static func read(_ list: inout ListCursor, into state: SystemState) throws(CaptureError) {
        let isGroup = try list.number(UInt8.self) == 1
        let number = try list.number(UInt32.self)
        if isGroup {
            let name = try list.text(limit: textLimit)
            state.accounts.add(group: Array(name), number: number, container: .host, limit: state.limits.accounts)
        } else {
            let group = try list.number(UInt32.self)
            let user = UserAccount(
                groupID: group,
                name: Array(try list.text(limit: textLimit)),
                home: Array(try list.text(limit: textLimit)),
                shell: Array(try list.text(limit: textLimit))
            )
            state.accounts.add(user, number: number, container: .host, limit: state.limits.accounts)
        }
    }
}
