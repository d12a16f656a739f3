// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser

/// The program: `redoubt <capability> <verb>`.
struct Redoubt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redoubt",
        abstract: "An open defence platform: a web firewall with the OWASP Core Rule Set, and the tools around it.",
        discussion: """
            Exit codes: 0 fine (finding things is fine); 1 from verbs that judge (check, test, verify); \
            2 wrong usage or unreadable input; 3 could not run.
            Shell completion: redoubt --generate-completion-script bash|zsh|fish
            """,
        version: "0.1.0",
        subcommands: [
            UpCommand.self, DemoCommand.self, DoctorCommand.self, GatewayCommand.self, WAF.self, ModeCommand.self,
            RehearseCommand.self,
            ExceptionsCommand.self, ExplainCommand.self, JobsCommand.self,
            BlockCommand.self, NeverBlockCommand.self, LimitsCommand.self, StandDownCommand.self, StandUpCommand.self,
            DetectionsCommand.self,
            IncidentsCommand.self,
            DecisionsCommand.self, EntitiesCommand.self, UsersCommand.self, TokensCommand.self, EventsCommand.self,
            EvidenceCommand.self, OutputsCommand.self, UsageCommand.self, BackupCommand.self, RestoreCommand.self,
            ConfigCommand.self, VulnCommand.self, VersionCommand.self, CVSSCommand.self, PURLCommand.self,
            SSVCCommand.self, ThreatCommand.self, SensorCommand.self,
        ]
    )
}
