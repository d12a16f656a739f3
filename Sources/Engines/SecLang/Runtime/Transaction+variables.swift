// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension Transaction {
    // MARK: setvar

    mutating func set(_ action: SetVariable) {
        guard action.collection == .tx else {
            setPersistent(action)
            return
        }
        var slot = action.slot
        if slot < 0 {
            let name = expandToArena(action.key)
            guard let made = tx.makeSlot(for: name, in: rules, arena) else {
                debug(1, "setvar: too many TX variables, \(action.key.source.lossyText) is not set")
                return
            }
            slot = made
        }
        switch action.operation {
        case .unset:
            tx.unset(slot)
        case .set:
            if let number = action.plainNumber {
                tx.set(slot, number: number)
            } else {
                tx.set(slot, bytes: expandToArena(action.value))
            }
        case .add, .subtract:
            add(action, to: slot)
        }
        if context.collectsDebugLog {
            let name = tx.dynamicName(of: slot).map { arena.array($0) } ?? rules.slotNames[slot]
            traceVariable("TX:\(name.lossyText)", slot: slot)
        }
    }

    private mutating func add(_ action: SetVariable, to slot: Int) {
        let operand: Int
        if let number = action.number {
            operand = number
        } else {
            operand = Int(IntegerComparison.number(arena[expandToArena(action.value)]))
        }
        add(action.operation == .add ? operand : 0 &- operand, to: slot)
    }

    /// Adds to a TX variable.
    mutating func add(_ change: Int, to slot: Int) {
        let entry = tx[slot]
        let old: Int
        if !entry.isSet {
            old = 0
        } else if entry.isNumber {
            old = entry.number
        } else {
            old = Int(IntegerComparison.number(arena[entry.bytes]))
        }
        // Counters stay at their ends rather than wrap around.
        let (sum, overflows) = old.addingReportingOverflow(change)
        tx.set(slot, number: overflows ? (change > 0 ? Int.max : Int.min) : sum)
    }

    private mutating func traceVariable(_ name: String, slot: Int) {
        guard context.collectsDebugLog else {
            return
        }
        let value = txText(slot).map { arena.array($0).lossyText } ?? ""
        debug(8, "Saving variable: \(name) with value: \(value)")
    }

    private mutating func setPersistent(_ action: SetVariable) {
        let name = expand(action.key)
        setPersistent(action.collection, name: name, operation: action.operation, value: expand(action.value))
    }

    mutating func setPersistent(
        _ collection: Variable,
        name: [UInt8],
        operation: SetVariable.Operation,
        value: [UInt8]
    ) {
        debug(8, "Saving variable: \(collection.name):\(name.lossyText) with value: \(value.lossyText)")
        guard name.count <= Self.maximumKeyLength else {
            debug(1, "setvar: the name is longer than \(Self.maximumKeyLength) bytes, nothing is saved")
            return
        }
        guard let key = collectionKeys[collection] else {
            debug(3, "setvar: \(collection.name) has not been initialized, nothing is saved")
            return
        }
        context.collections.set(
            collection.name,
            key: key,
            name: name,
            now: context.now(),
            timeout: rules.settings.collectionTimeout
        ) { old in
            Self.combine(old, operation, value)
        }
    }

    private static func combine(_ old: [UInt8]?, _ operation: SetVariable.Operation, _ value: [UInt8]) -> [UInt8]? {
        switch operation {
        case .unset:
            return nil
        case .set:
            return value
        case .add, .subtract:
            let operand = IntegerComparison.number(value)
            let start = old.map { IntegerComparison.number($0) } ?? 0
            let (sum, overflows) =
                operation == .add
                ? start.addingReportingOverflow(operand) : start.subtractingReportingOverflow(operand)
            return Array("\(overflows ? start : sum)".utf8)
        }
    }

    // MARK: Persistent collections

    mutating func initialize(_ action: InitializeCollection) {
        var key = expand(action.key)
        guard !key.isEmpty else {
            return
        }
        if key.count > Self.maximumKeyLength {
            // A client may choose the key; its digest keeps clients apart at a bounded size.
            key = digest(of: key)
        }
        // One store serves several applications; the web application's id keeps them apart.
        let prefix = action.collection == .ip || action.collection == .global ? "" : rules.settings.webAppID + "_"
        collectionKeys[action.collection] = Array(prefix.utf8) + key
        context.collections.open(
            action.collection.name,
            key: Array(prefix.utf8) + key,
            now: context.now(),
            timeout: rules.settings.collectionTimeout
        )
        if let identifier = action.identifier {
            set(identifier, arena.append(key))
        }
        let collection = action.collection.name
        let application = rules.settings.webAppID
        debug(5, "Collection `\(collection)' initialized: \(collection)::\(key.lossyText)::\(application)")
    }

    private static var maximumKeyLength: Int { 256 }

    private func digest(of key: [UInt8]) -> [UInt8] {
        key.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: Transformation.sha1.maximumOutputLength(of: input.count)) {
                output,
                count in
                count = output.baseAddress.map { Transformation.sha1.apply(input, into: $0, unicodeMap: nil) } ?? 0
            }
        }
    }

    mutating func expire(_ action: ExpireVariable) {
        guard let key = collectionKeys[action.collection],
            let seconds = UInt64(expand(action.lifetime).lossyText)
        else {
            return
        }
        let now = context.now()
        let lifetime = min(seconds, 10 * 365 * 86_400) * 1_000_000_000
        context.collections.expire(
            action.collection.name,
            key: key,
            name: expand(action.key),
            at: now + lifetime,
            now: now,
            timeout: rules.settings.collectionTimeout
        )
    }

    mutating func deprecate(_ action: DeprecateVariable) {
        guard let key = collectionKeys[action.collection] else {
            return
        }
        context.collections.deprecate(
            action.collection.name,
            key: key,
            name: expand(action.key),
            by: action.amount,
            per: action.interval,
            now: context.now(),
            timeout: rules.settings.collectionTimeout
        )
    }

    // MARK: ctl

    mutating func apply(_ control: Control, number: Int, of rule: Rule) {
        if control.changesValues {
            prepared.invalidate()
            scalars[Int(Variable.requestBody.rawValue)] = -1
            scalars[Int(Variable.responseBody.rawValue)] = -1
        }
        switch control {
        case .auditEngine(let engine): auditEngine = engine
        case .auditLogParts(let change): change.apply(to: &auditParts)
        case .debugLogLevel(let level): setDebugLevel(level)
        case .forceRequestBodyVariable(let isForced): forcesRequestBodyVariable = isForced
        case .forceResponseBodyVariable(let isForced): responseBodyAccess = isForced || responseBodyAccess
        case .requestBodyAccess(let access): requestBodyAccess = access
        case .requestBodyLimit(let limit): requestBodyLimit = limit
        case .requestBodyProcessor(let processor): choose(processor)
        case .responseBodyAccess(let access): responseBodyAccess = access
        case .responseBodyLimit(let limit): responseBodyLimit = limit
        case .ruleEngine(let mode):
            engineMode = mode
            debug(8, "Setting SecRuleEngine to \(Self.word(for: mode)) as requested by a ctl:ruleEngine action")
        case .removeRules:
            if let selected = selection(of: rule, number) {
                removedRules?.formUnion(selected)
                removedRules = removedRules ?? selected
                hasRemovedRules = true
            }
        case .removeTarget(_, let target):
            if let selected = selection(of: rule, number) {
                removedTargets.append((rules: selected, target: target))
            }
        }
    }

    private func selection(of rule: Rule, _ number: Int) -> RuleBitSet? {
        rules.selections[RuleSet.SelectionKey(rule: ObjectIdentifier(rule), control: number)]
    }

    private mutating func choose(_ processor: RequestBodyProcessor) {
        bodyProcessor = processor
        set(.reqbodyProcessor, processor.rawValue)
    }

    static func word(for mode: RuleEngineMode) -> String {
        switch mode {
        case .on: "Enabled"
        case .off: "Disabled"
        case .detectionOnly: "DetectionOnly"
        }
    }
}

extension AuditPartsChange {
    func apply(to parts: inout [UInt8]) {
        switch self {
        case .add(let added): parts += added.filter { !parts.contains($0) }
        case .remove(let removed): parts.removeAll { removed.contains($0) }
        case .replace(let new): parts = new
        }
    }
}
