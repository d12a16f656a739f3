// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SystemCapture

extension SystemFieldReader {
    /// Names of accounts that are not known read `<NA>`, as Falco's do; where not even the number is known there is
    /// no name at all.
    mutating func accountValue(_ code: SystemFieldCode.AccountField, of entry: ThreadEntry) -> FieldValue {
        switch code {
        case .userName, .home, .shell:
            guard entry.userID != .max else {
                return .absent
            }
        case .groupName:
            guard entry.userGroupID != .max else {
                return .absent
            }
        default:
            break
        }
        switch code {
        case .userID:
            return .unsigned(UInt64(entry.userID))
        case .userName:
            return name(user(entry.userID, of: entry)?.name, root: entry.userID == 0)
        case .home:
            return name(user(entry.userID, of: entry)?.home, root: false)
        case .shell:
            return name(user(entry.userID, of: entry)?.shell, root: false)
        case .loginID:
            return .signed(entry.loginUserID == .max ? -1 : Int64(entry.loginUserID))
        case .loginName:
            return name(user(entry.loginUserID, of: entry)?.name, root: entry.loginUserID == 0)
        case .groupID:
            return .unsigned(UInt64(entry.userGroupID))
        case .groupName:
            let known = state.group(entry.userGroupID, container: entry.container)
            return name(known, root: entry.userGroupID == 0)
        }
    }

    /// The account as the thread's container sees it; a container without accounts of its own has none.
    private func user(_ number: UInt32, of entry: ThreadEntry) -> UserAccount? {
        state.user(number, container: entry.container)
    }

    private mutating func name(_ bytes: [UInt8]?, root isRoot: Bool) -> FieldValue {
        if let bytes {
            return composed(bytes)
        }
        return isRoot ? .text("root") : .text("<NA>")
    }
}
