// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What kind of activity an event tells of, after the classes of OCSF.
///
/// The raw values are bits of a block's class bitmap and lie on disk: they never change, and stay below 64.
package enum EventClass: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case other = 0
    case fileActivity = 1
    case kernelExtensionActivity = 2
    case moduleActivity = 3
    case scheduledJobActivity = 4
    case processActivity = 5
    case vulnerabilityFinding = 6
    case detectionFinding = 7
    case incidentFinding = 8
    case dataSecurityFinding = 9
    case accountChange = 10
    case authentication = 11
    case userAccessManagement = 12
    case networkActivity = 13
    case httpActivity = 14
    case dnsActivity = 15
    case sshActivity = 16
    case applicationLifecycle = 17
    case apiActivity = 18
    case datastoreActivity = 19
    case scanActivity = 20
    case applicationError = 21
    case networkRemediation = 22
    case entityManagement = 23

    /// The number of the class in OCSF 1.x; 0 is its base event.
    package var ocsfIdentifier: Int {
        switch self {
        case .other: 0
        case .fileActivity: 1001
        case .kernelExtensionActivity: 1002
        case .moduleActivity: 1005
        case .scheduledJobActivity: 1006
        case .processActivity: 1007
        case .vulnerabilityFinding: 2002
        case .detectionFinding: 2004
        case .incidentFinding: 2005
        case .dataSecurityFinding: 2006
        case .accountChange: 3001
        case .authentication: 3002
        case .entityManagement: 3004
        case .userAccessManagement: 3005
        case .networkActivity: 4001
        case .httpActivity: 4002
        case .dnsActivity: 4003
        case .sshActivity: 4007
        case .applicationLifecycle: 6002
        case .apiActivity: 6003
        case .datastoreActivity: 6005
        case .scanActivity: 6007
        case .applicationError: 6008
        case .networkRemediation: 7004
        }
    }
}

/// A set of classes as a bitmap of 64 bits.
package struct EventClassSet: OptionSet, Sendable, Hashable, BitwiseCopyable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package init(_ eventClass: EventClass) {
        rawValue = 1 &<< UInt64(eventClass.rawValue)
    }

    package static let all = EventClassSet(rawValue: .max)
}

/// How much an event matters. The raw values lie on disk.
package enum EventSeverity: UInt8, Sendable, CaseIterable, Comparable, BitwiseCopyable {
    case unknown = 0
    case info = 1
    case low = 2
    case medium = 3
    case high = 4
    case critical = 5

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
