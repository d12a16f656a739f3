// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import AsyncHTTPClient
import Bytes
import Console
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Storage
import WebFirewall

/// The HTTP API, wherever it is answered: by a server in the net, by the server that has the data folder, through its local
/// socket, or in this process where no server runs. What a command can do is the same in all three.
final class APIConnection {
    private enum Transport {
        case net(HTTPClient, base: String, token: String?)
        case folder(DataStores, Console)
    }

    private let transport: Transport
    private static let logger = ProgramLogHandler.makeLogger(level: .warning)

    private init(_ transport: Transport) {
        self.transport = transport
    }

    /// - Throws: ``CommandFailure`` where nobody answers.
    static func open(
        _ folder: String,
        _ options: RemoteOptions,
        _ purpose: ServerOptions.Purpose
    ) async throws -> APIConnection {
        if let server = options.server {
            let base = server.hasSuffix("/") ? String(server.dropLast()) : server
            let client = makeClient(try authorities(options, base))
            return APIConnection(.net(client, base: base, token: options.tokenText))
        }
        if let address = socket(ofFolder: folder) {
            guard let socket = address.addingPercentEncoding(withAllowedCharacters: .alphanumerics) else {
                throw CommandFailure.couldNotRun("the server's socket \(address) cannot be named")
            }
            return APIConnection(.net(makeClient(), base: "http+unix://\(socket)", token: nil))
        }
        if purpose == .reading, !FileManager.default.fileExists(atPath: folder + "/policy") {
            throw CommandFailure.couldNotRun(
                "there is no data in \(folder) yet",
                hint: "\"redoubt up\" makes it; name another folder with --data DIR, or a server with --server URL"
            )
        }
        return try openFolder(folder)
    }

    /// The local socket of the server that has a data folder; nil where none runs.
    static func socket(ofFolder folder: String) -> String? {
        guard let holder = try? FolderLock.holder(ofFolder: folder + "/policy"), !holder.address.isEmpty else {
            return nil
        }
        return holder.address
    }

    /// - Parameter authorities: by which servers are known; nil for those of this machine.
    private static func makeClient(_ authorities: [NIOSSLCertificate]? = nil) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        if let authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(authorities)
            configuration.tlsConfiguration = tls
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    private static func authorities(_ options: RemoteOptions, _ base: String) throws -> [NIOSSLCertificate]? {
        guard base.hasPrefix("https:"), let file = options.authorities else { return nil }
        let hint =
            "--ca and $REDOUBT_CA take a file of certificates in PEM, which begin with -----BEGIN CERTIFICATE-----"
        guard FileManager.default.isReadableFile(atPath: file) else {
            throw CommandFailure.badInput("the certificates in \(file) cannot be read", hint: hint)
        }
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(file)
            if !certificates.isEmpty { return certificates }
        } catch {
            throw CommandFailure.badInput("\(file) holds no certificate in PEM", hint: hint)
        }
        throw CommandFailure.badInput("\(file) holds no certificate in PEM", hint: hint)
    }

    private static func openFolder(_ folder: String) throws -> APIConnection {
        let stores = try DataStores.open(folder, logger: logger)
        let events = EventAccess(ofFolder: folder + "/events")
        let rules = RuleCatalogue(all: { [] }, find: { _ in nil })
        var services = ConsoleServices(stores, events: events, rules: rules, applications: { [] })
        services.trials = try trials(folder, stores)
        return APIConnection(.folder(stores, Console(services, logger: logger)))
    }

    /// What can be tried in a folder that no server uses; nil where nothing was kept.
    private static func trials(_ folder: String, _ stores: DataStores) throws -> RuleTrials? {
        let payloads = GatewayRecording.payloads(inData: folder)
        guard FileManager.default.fileExists(atPath: payloads) else { return nil }
        let vault = try PayloadVault(folder: payloads, time: SystemClock.time)
        let rules = FolderRules(folder, for: try vault.count(in: 0...(.max)))
        return RuleTrials(vault, stores, data: folder) { try rules.load() }
    }

    func close() async {
        switch transport {
        case .net(let client, _, _): try? await client.shutdown()
        case .folder(let stores, _): await stores.close(Self.logger)
        }
    }

    // MARK: Requests

    /// Asks for something.
    ///
    /// - Parameter query: names and values; nil values are left out.
    /// - Throws: ``CommandFailure`` with what the API says.
    func get(_ path: String, _ query: [(String, String?)] = []) async throws -> JSONValue {
        try await send("GET", path + Self.queryText(query), body: [])
    }

    /// Sends a change.
    ///
    /// - Parameter members: of the object that is sent; nil values are left out.
    @discardableResult
    func send(_ method: String, _ path: String, _ members: [(String, JSONValue?)]) async throws -> JSONValue {
        let present = members.compactMap { name, value in
            value.map { JSONMember(name: Array(name.utf8), value: $0) }
        }
        var json = JSONWriter()
        json.value(.object(present))
        return try await send(method, path, body: json.bytes)
    }

    /// Hands a file in as it is, piece by piece.
    ///
    /// - Parameter query: names and values; nil values are left out.
    func upload(_ path: String, _ query: [(String, String?)], file: ReportFile) async throws -> JSONValue {
        guard case .net(let client, let base, let token) = transport else {
            throw CommandFailure.couldNotRun("a report is handed to a server only")
        }
        var request = HTTPClientRequest(url: "\(base)/api/v1\(path)\(Self.queryText(query))")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/octet-stream")
        request.body = .stream(file, length: .known(Int64(file.size)))
        let (status, bytes) = try await answer(client, request, base, token, within: .seconds(1800))
        return try Self.value(status, bytes)
    }

    private static func queryText(_ query: [(String, String?)]) -> String {
        let items = query.compactMap { name, value in value.map { URLQueryItem(name: name, value: $0) } }
        var components = URLComponents()
        components.queryItems = items.isEmpty ? nil : items
        // A plus would be read as a space.
        return components.percentEncodedQuery.map { "?" + $0.replacing("+", with: "%2B") } ?? ""
    }

    private func send(_ method: String, _ path: String, body: [UInt8]) async throws -> JSONValue {
        let (status, bytes) = try await answer(method, "/api/v1" + path, body)
        return try Self.value(status, bytes)
    }

    private static func value(_ status: Int, _ bytes: [UInt8]) throws -> JSONValue {
        let isFine = (200...299).contains(status)
        let value: JSONValue
        do throws(JSONError) {
            value = bytes.isEmpty ? .null : try JSONReader.read(bytes)
        } catch {
            guard isFine else { throw failure(status, .null) }
            // Nothing would look like an empty list otherwise.
            throw CommandFailure.couldNotRun(
                "the answer is not one of Redoubt's API",
                hint: "--server takes the address of a console, such as http://localhost:7433"
            )
        }
        guard isFine else { throw failure(status, value) }
        return value
    }

    private func answer(_ method: String, _ path: String, _ body: [UInt8]) async throws -> (Int, [UInt8]) {
        switch transport {
        case .folder(_, let console):
            let headers = body.isEmpty ? [:] : ["content-type": "application/json"]
            let answer = await console.answer(
                LocalRequest(method, path, headers: headers, body: body),
                as: NSUserName()
            )
            return (answer.status, answer.body)
        case .net(let client, let base, let token):
            var request = HTTPClientRequest(url: base + path)
            request.method = .init(rawValue: method)
            if !body.isEmpty {
                request.headers.add(name: "content-type", value: "application/json")
                request.body = .bytes(ByteBuffer(bytes: body))
            }
            return try await answer(client, request, base, token, within: .seconds(60))
        }
    }

    private func answer(
        _ client: HTTPClient,
        _ request: HTTPClientRequest,
        _ base: String,
        _ token: String?,
        within limit: TimeAmount
    ) async throws -> (Int, [UInt8]) {
        var request = request
        request.headers.add(name: "accept", value: "application/json")
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        if base.hasPrefix("http+unix:") { request.headers.replaceOrAdd(name: "host", value: "localhost") }
        do {
            let response = try await client.execute(request, timeout: limit)
            let bytes = try await response.body.collect(upTo: 64 << 20)
            return (Int(response.status.code), Array(bytes.readableBytesView))
        } catch {
            throw CommandFailure.couldNotRun(
                "the server at \(base) cannot be reached: \(error)",
                hint: "is it running? its data folder is named with --data, its console with --server"
            )
        }
    }

    private static func failure(_ status: Int, _ problem: JSONValue) -> CommandFailure {
        let detail = problem["detail"]?.text?.shownInTerminal ?? "the server answered \(status)"
        switch status {
        case 400, 404, 409, 412, 422: return .badInput(detail)
        case 401:
            return .couldNotRun(detail, hint: "make a token with \"redoubt tokens add\" and give it with --token")
        default: return .couldNotRun(detail)
        }
    }
}
