// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import AsyncHTTPClient
import Hummingbird

/// The shop: its stores, and the pages that use them.
///
/// The vulnerable handlers carry a comment "Vulnerable:" with the weakness's number in the
/// [CWE list](https://cwe.mitre.org); all others are meant to be sound. What keeps the machine safe from an
/// attacker's success (limits on time, memory and rows) is apart from the vulnerabilities and never part of them.
struct Shop: Sendable {
    let catalogue: Catalogue
    let sessions = Sessions()
    let folder: ShopFolder
    let hosts: LocalHosts
    let commands: ShellCommands
    let client: HTTPClient
    let limits: TimeLimits

    /// - Parameters:
    ///   - folder: where manuals and uploads lie.
    ///   - hosts: the names that browsers may call the shop by.
    ///   - limits: how long what visitors set off may take.
    /// - Throws: what the database throws when the catalogue cannot be filled.
    init(folder: ShopFolder, hosts: LocalHosts, limits: TimeLimits = TimeLimits()) throws {
        catalogue = try Catalogue(queryLimit: limits.query)
        commands = ShellCommands(limit: limits.command)
        self.limits = limits
        self.folder = folder
        self.hosts = hosts
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .follow(max: 3, allowCycles: false),
            timeout: .init(connect: .seconds(2), read: .seconds(2))
        )
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// All routes, behind the guards that every request passes.
    func makeRouter() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.addMiddleware {
            FriendlyErrors()
            LocalVisitorsOnly(hosts: hosts)
        }
        addCataloguePages(to: router)
        addAccountPages(to: router)
        addOrderPages(to: router)
        addGuestbookPages(to: router)
        addFilePages(to: router)
        addToolPages(to: router)
        addProductAPI(to: router)
        addAssets(to: router)
        return router
    }

    /// Lets go of connections; the database goes with the value.
    func close() async throws {
        try await client.shutdown()
    }
}
