// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import Foundation
import Gateway
import SecLang
import WebFirewall

/// Each setting in force with its origin.
struct SettingsExplanation {
    struct Line {
        var key: String
        /// The texts in force; empty where a default is no value but a behaviour.
        var values: [String]
        /// What the default means where it is no value.
        var remark: String?
        var origin: SettingOrigin
    }

    let lines: [Line]
    let file: String?

    init(_ settings: Settings) {
        file = settings.file
        var lines = SettingKey.allCases.map { key in
            let value = settings.values[key]
            let standard = Self.standard(key)
            return Line(
                key: key.name,
                values: value?.texts ?? standard.values,
                remark: value == nil ? standard.remark : nil,
                origin: value?.origin ?? .standard
            )
        }
        for (number, entry) in settings.applications.enumerated() {
            for key in ApplicationKey.allCases {
                guard let value = entry.values[key] else {
                    continue
                }
                let all = key.overridden.flatMap { settings.values[$0] }
                let winner = all.flatMap { $0.origin.isFromCommand ? $0 : nil }
                let name = "applications[\(number)].\(key.rawValue)"
                lines.append(Line(key: name, values: (winner ?? value).texts, origin: (winner ?? value).origin))
            }
        }
        for (number, entry) in settings.outputs.enumerated() {
            for key in OutputKey.allCases {
                guard let value = entry.values[key] else { continue }
                let texts = key.mayHoldSecrets ? value.texts.map(OutputPlanner.shown) : value.texts
                lines.append(Line(key: "outputs[\(number)].\(key.rawValue)", values: texts, origin: value.origin))
            }
        }
        self.lines = lines
    }

    private static func standard(_ key: SettingKey) -> (values: [String], remark: String?) {
        if let setting = CountSetting.all.first(where: { $0.key == key }) {
            return ([setting.text(GatewayLimits())], nil)
        }
        if let setting = DurationSetting.all.first(where: { $0.key == key }) {
            return ([Quantity.text(GatewayTimeouts()[keyPath: setting.path])], nil)
        }
        switch key {
        case .listen: return ([GatewayDefaults.listen], nil)
        case .mode: return ([GatewayDefaults.mode.rawValue], nil)
        case .budget: return ([GatewayDefaults.budget.map { Quantity.text($0) } ?? "off"], nil)
        case .compat: return ([GatewayDefaults.compatibility.rawValue], nil)
        case .allowPrograms: return (["false"], nil)
        case .console:
            return (["\(ConsoleAddress.standard.host):\(ConsoleAddress.standard.port)"], "redoubt gateway: off")
        case .record: return (["true"], nil)
        case .data: return ([RuleSetStore.defaultDataDirectory], nil)
        case .threads: return (["\(ProcessInfo.processInfo.activeProcessorCount)"], nil)
        case .timeoutsBodyRate: return ([Quantity.text(bytes: GatewayTimeouts().bodyBytesPerSecond)], nil)
        case .timeoutsDrain: return ([Quantity.text(GatewayDefaults.drain)], nil)
        case .upstream: return ([], "none; redoubt up takes the sample shop")
        case .rules: return ([], "the Core Rule Set in force (redoubt waf crs list)")
        case .errorLog: return ([], "standard error; redoubt up also writes log/error.log in the data folder")
        case .onFailure: return ([], "no start where rules do not load")
        case .usageAddress: return ([], "nowhere: nothing is sent")
        case .falseAlarmReport: return ([], "block pages name the operator")
        case .consoleURL: return ([], "the address of the console")
        case .openIDGroups: return (["groups"], nil)
        case .openIDScopes: return (["openid", "profile", "email"], nil)
        case .openIDRoles: return ([], "administrators give roles")
        case .openIDSecretFile: return ([], "$\(ConsolePlan.secretVariable), else none")
        case .openIDTitle: return ([], "the issuer's host")
        default: return ([], "none")
        }
    }

    /// A table for people.
    var text: String {
        var table = TextTable(["SETTING", "VALUE", "ORIGIN"])
        for line in lines {
            let value =
                line.values.isEmpty ? line.remark.map { "(\($0))" } ?? "[]" : line.values.joined(separator: ", ")
            table.add([line.key, value, line.origin.description])
        }
        return "file: \(file ?? "none")\n" + table.text
    }

    /// One object per setting.
    func json(isArray: Bool) -> [UInt8] {
        var json = JSONWriter()
        if isArray {
            json.beginArray()
        }
        for line in lines {
            write(line, to: &json)
            if !isArray {
                json.endLine()
            }
        }
        if isArray {
            json.endArray()
            json.endLine()
        }
        return json.bytes
    }

    private func write(_ line: Line, to json: inout JSONWriter) {
        json.beginObject()
        json.key("key")
        json.string(line.key)
        json.key("values")
        json.strings(line.values)
        json.key("origin")
        switch line.origin {
        case .flag(let name):
            writeOrigin("flag", name: name, to: &json)
        case .environment(let name):
            writeOrigin("environment", name: name, to: &json)
        case .standard:
            writeOrigin("default", name: nil, to: &json)
        case .file(let location):
            json.beginObject()
            json.key("kind")
            json.string("file")
            json.key("file")
            json.string(location.file)
            json.key("line")
            json.number(location.line)
            json.key("column")
            json.number(location.column)
            json.endObject()
        }
        json.endObject()
    }

    private func writeOrigin(_ kind: String, name: String?, to json: inout JSONWriter) {
        json.beginObject()
        json.key("kind")
        json.string(kind)
        if let name {
            json.key("name")
            json.string(name)
        }
        json.endObject()
    }
}
