// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Console
import DefenseModel
import Foundation
import Gateway
import SecLang

/// How people reach the console, and where they may sign in beside names and passwords.
struct ConsolePlan: Equatable {
    /// A provider of identities.
    struct SignIn: Equatable {
        var provider: OpenIDProvider
        /// What the button calls it.
        var title: String
        /// A file of certificates that is believed beside those of the system.
        var authorities: String?
    }

    /// The address by which people reach the console, such as `https://redoubt.example.com`; nil where it is its own.
    var origin: String?
    /// Names of the console beside `localhost`.
    var names: [String] = []
    var identity: GatewayListener.TLSIdentity?
    var signIn: SignIn?

    /// The variable of the environment that holds the client's secret. It is no setting: settings are shown.
    static let secretVariable = "REDOUBT_OIDC_CLIENT_SECRET"
}

extension GatewayPlanner {
    /// Reads what is said of the console's address, its certificate and the provider of identities.
    mutating func makeConsolePlan() -> ConsolePlan {
        var plan = ConsolePlan()
        plan.origin = read(.consoleURL, Self.origin)
        plan.names = elements(of: .consoleNames, Self.consoleName)
        if let host = plan.origin.flatMap({ URL(string: $0)?.host() }) { plan.names.append(host) }
        plan.identity = makeIdentity(.consoleCertificate, .consoleKey)
        plan.signIn = makeSignIn(plan)
        return plan
    }

    private static func origin(_ text: String) throws -> String {
        let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard let url = URL(string: trimmed), let scheme = url.scheme, ["http", "https"].contains(scheme),
            let host = url.host(), !host.isEmpty, url.path.isEmpty, url.query == nil, url.fragment == nil,
            url.user == nil, trimmed.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Quantity.FormatError(description: "\(text): expected an address such as https://redoubt.example.com")
        }
        return trimmed.lowercased()
    }

    private static func consoleName(_ text: String) throws -> String {
        guard !text.isEmpty, text.utf8.count <= 253,
            text.utf8.allSatisfy({
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || ".-:".utf8.contains($0)
            })
        else { throw Quantity.FormatError(description: "\(text): expected a name such as redoubt.example.com") }
        return text.lowercased()
    }

    // MARK: Sign-in

    private mutating func makeSignIn(_ plan: ConsolePlan) -> ConsolePlan.SignIn? {
        let keys: [SettingKey] = [
            .openIDIssuer, .openIDClient, .openIDSecretFile, .openIDRoles, .openIDGroups, .openIDScopes, .openIDTitle,
            .openIDAuthorities,
        ]
        guard let first = keys.compactMap({ settings.values[$0] }).first else { return nil }
        for key in [SettingKey.openIDIssuer, .openIDClient] where settings.values[key] == nil {
            problems.append(ConfigurationProblem(first.origin, "\(key.name) is missing beside this"))
        }
        let rules = elements(of: .openIDRoles, Self.rule)
        let secret = readSecret()
        let authorities = readable(.openIDAuthorities)
        guard let origin = plan.origin ?? standardOrigin(plan, first.origin), let issuer = settings.text(.openIDIssuer),
            let client = settings.text(.openIDClient)
        else { return nil }
        do throws(AccessError) {
            let everybody = rules.filter { $0.group == "*" }.map(\.role)
            let provider = try OpenIDProvider(
                issuer: issuer,
                clientID: client,
                clientSecret: secret,
                redirectURI: origin + SingleSignOn.callbackPath,
                scopes: settings.values[.openIDScopes]?.texts ?? ["openid", "profile", "email"],
                groupsClaim: settings.text(.openIDGroups) ?? "groups",
                mapping: GroupMapping(rules: rules.filter { $0.group != "*" }, everybody: Set(everybody))
            )
            let title = settings.text(.openIDTitle) ?? URL(string: issuer)?.host() ?? issuer
            return ConsolePlan.SignIn(provider: provider, title: title, authorities: authorities)
        } catch {
            let place = settings.values[.openIDIssuer] ?? first
            problems.append(ConfigurationProblem(place.origin, "oidc: \(error.message)"))
            return nil
        }
    }

    /// Where the provider sends people back to has to be known in advance, to the letter.
    private mutating func standardOrigin(_ plan: ConsolePlan, _ place: SettingOrigin) -> String? {
        let address: ConsoleAddress =
            switch settings.text(.console).flatMap({ try? Self.consoleAddress($0) }) {
            case .address(let address)?: address
            default: .standard
            }
        let isHere = ["127.0.0.1", "localhost", "::1"].contains(address.host)
        guard isHere, address.port != 0 else {
            problems.append(
                ConfigurationProblem(
                    place,
                    "console_url is missing beside this",
                    hint: "say by which address people reach the console: console_url: https://redoubt.example.com"
                )
            )
            return nil
        }
        return "\(plan.identity == nil ? "http" : "https")://localhost:\(address.port)"
    }

    /// `group=role`; the last sign of equality counts, as names of groups may have some.
    private static func rule(_ text: String) throws -> GroupMapping.Rule {
        guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
            let role = Role(rawValue: text[text.index(after: sign)...].trimmingCharacters(in: .whitespaces))
        else {
            let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw Quantity.FormatError(description: "\(text): expected a group with one of \(roles)")
        }
        return GroupMapping.Rule(group: text[..<sign].trimmingCharacters(in: .whitespaces), role: role)
    }

    private mutating func readable(_ key: SettingKey) -> String? {
        guard let value = settings.values[key]?.elements.first else { return nil }
        if !FileManager.default.isReadableFile(atPath: value.text) {
            problems.append(ConfigurationProblem(value.origin, "\(value.text) cannot be read"))
        }
        return value.text
    }

    /// The client's secret: of the file, else of the environment. Line feeds at its end do not belong to it.
    private mutating func readSecret() -> String? {
        guard let value = settings.values[.openIDSecretFile]?.elements.first else { return settings.clientSecret }
        guard let handle = FileHandle(forReadingAtPath: value.text), let data = try? handle.read(upToCount: 4097),
            data.count <= 4096, let text = String(validating: data, as: UTF8.self)
        else {
            problems.append(
                ConfigurationProblem(value.origin, "\(value.text) cannot be read as a secret of at most 4 KiB")
            )
            return nil
        }
        let secret = text.trimmingCharacters(in: .newlines)
        if secret.isEmpty { problems.append(ConfigurationProblem(value.origin, "\(value.text) is empty")) }
        let attributes = try? FileManager.default.attributesOfItem(atPath: value.text)
        if let mode = attributes?[.posixPermissions] as? Int, mode & 0o007 != 0 {
            problems.append(
                ConfigurationProblem(
                    value.origin,
                    "\(value.text) can be read by every account of this machine",
                    hint: "chmod o= \(value.text)",
                    severity: .warning
                )
            )
        }
        return secret
    }
}
