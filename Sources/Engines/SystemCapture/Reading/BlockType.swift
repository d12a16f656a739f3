// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The types of blocks in a capture.
///
/// Source: `userspace/libscap/scap_savefile.h` of falcosecurity/libs, with the numbers of early versions.
enum BlockType {
    static let sectionHeader: UInt32 = 0x0A0D_0D0A
    static let machineInfo: UInt32 = 0x201
    static let event: UInt32 = 0x204
    static let oldEvent: UInt32 = 0x8010_ABCD
    static let eventWithFlags: UInt32 = 0x208
    static let event2: UInt32 = 0x216
    static let event2WithFlags: UInt32 = 0x217
    static let largeEvent: UInt32 = 0x221
    static let largeEventWithFlags: UInt32 = 0x222

    /// What a block holds, and the version of its layout where there are several.
    enum Content: Equatable {
        case sectionHeader
        case machineInfo
        case processList(version: Int)
        case descriptorList(version: Int)
        case interfaceList(version: Int)
        case userList(version: Int)
        case unknown
    }

    static func content(of type: UInt32) -> Content {
        switch type {
        case sectionHeader: .sectionHeader
        case machineInfo, 0x8002_ABCD: .machineInfo
        case 0x202, 0x8000_ABCD: .processList(version: 1)
        case 0x207, 0x8013_ABCD: .processList(version: 2)
        case 0x209, 0x8014_ABCD: .processList(version: 3)
        case 0x210: .processList(version: 4)
        case 0x211: .processList(version: 5)
        case 0x212: .processList(version: 6)
        case 0x213: .processList(version: 7)
        case 0x214: .processList(version: 8)
        case 0x215: .processList(version: 9)
        case 0x203, 0x8001_ABCD: .descriptorList(version: 1)
        case 0x218: .descriptorList(version: 2)
        case 0x205, 0x8011_ABCD: .interfaceList(version: 1)
        case 0x219: .interfaceList(version: 2)
        case 0x206, 0x8012_ABCD: .userList(version: 1)
        case 0x220: .userList(version: 2)
        default: .unknown
        }
    }
}
