// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The parsed actions of a rule, of a SecAction or of a SecDefaultAction.
///
/// Values stay unset where the list says nothing, so that defaults and updates can be merged.
struct ActionList: Sendable {
    var id: Int?
    var phase: Int?
    var rev: [UInt8]?
    var ver: [UInt8]?
    var msg: Macro?
    var logdata: Macro?
    var tags: [Macro] = []
    /// 0 (emergency) to 7 (debug).
    var severity: Int?
    var maturity: Int?
    var accuracy: Int?

    var disruptive: Disruptive?
    /// The status that `deny` and `redirect` answer.
    var status: Int?
    var log: Bool?
    var auditlog: Bool?
    var isChained = false
    var capture = false
    var multiMatch = false
    var skip = 0
    var skipAfter: [UInt8]?
    /// Milliseconds to wait before answering, as written; no more than ``longestPause`` are waited.
    var pause: Int?

    /// An answer that waits holds a connection, which is what an attacker wants to see.
    static let longestPause = 5_000

    /// `t:none` was seen, which also cancels the default transformations.
    var clearsTransformations = false
    var transformations: [Transformation] = []

    var setVariables: [SetVariable] = []
    var setEnvironment: [SetEnvironment] = []
    var initializeCollections: [InitializeCollection] = []
    var expireVariables: [ExpireVariable] = []
    var deprecateVariables: [DeprecateVariable] = []
    var controls: [Control] = []
    /// `setvar` and `ctl` as written, for explanations.
    var setVariableTexts: [String] = []
    var controlTexts: [String] = []
    /// The disruptive action as written.
    var disruptiveText: String?
    var sanitise: [Sanitise] = []
    /// `exec`
    var programs: [RuleProgram] = []
    /// Prefix and address of XML namespaces.
    var namespaces: [(prefix: String, uri: String)] = []

    /// This list with what SecDefaultAction gives to every rule of its phase, apart from what ``Rule`` takes by itself.
    func inheriting(from defaults: ActionList) -> ActionList {
        var list = self
        list.tags = defaults.tags + tags
        list.setVariables = defaults.setVariables + setVariables
        list.controls = defaults.controls + controls
        list.initializeCollections = defaults.initializeCollections + initializeCollections
        list.severity = severity ?? defaults.severity
        list.logdata = logdata ?? defaults.logdata
        list.msg = msg ?? defaults.msg
        list.pause = pause ?? defaults.pause
        list.programs = defaults.programs + programs
        return list
    }

    /// Changes this list the way SecRuleUpdateActionById says: what `other` sets wins, lists are extended.
    mutating func update(with other: ActionList) {
        rev = other.rev ?? rev
        ver = other.ver ?? ver
        msg = other.msg ?? msg
        logdata = other.logdata ?? logdata
        tags += other.tags
        severity = other.severity ?? severity
        maturity = other.maturity ?? maturity
        accuracy = other.accuracy ?? accuracy
        disruptive = other.disruptive ?? disruptive
        status = other.status ?? status
        log = other.log ?? log
        auditlog = other.auditlog ?? auditlog
        capture = capture || other.capture
        multiMatch = multiMatch || other.multiMatch
        skip = other.skip > 0 ? other.skip : skip
        skipAfter = other.skipAfter ?? skipAfter
        pause = other.pause ?? pause
        if other.clearsTransformations {
            clearsTransformations = true
            transformations = []
        }
        transformations += other.transformations
        setVariables += other.setVariables
        setEnvironment += other.setEnvironment
        initializeCollections += other.initializeCollections
        expireVariables += other.expireVariables
        deprecateVariables += other.deprecateVariables
        controls += other.controls
        setVariableTexts += other.setVariableTexts
        controlTexts += other.controlTexts
        disruptiveText = other.disruptiveText ?? disruptiveText
        sanitise += other.sanitise
        programs += other.programs
        namespaces += other.namespaces
    }
}

extension ActionList {
    /// Whether a match has effects besides, log and intervention aside.
    var hasFinalActions: Bool {
        !expireVariables.isEmpty || !deprecateVariables.isEmpty || !setEnvironment.isEmpty || !controls.isEmpty
            || !sanitise.isEmpty || !programs.isEmpty || pause != nil || skip > 0
    }
}
