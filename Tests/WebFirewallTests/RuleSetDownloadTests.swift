// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

@testable import WebFirewall

struct RuleSetDownloadTests {
    private let folder: TemporaryFolder
    private let archive: Data
    private let checksum: Data

    init() throws {
        folder = try TemporaryFolder()
        try folder.writeRelease("4.25.1", in: "release")
        let path = try folder.pack("release")
        archive = try Data(contentsOf: URL(fileURLWithPath: path))
        checksum = Data(try SystemTool.run("sha256sum", [path], outputLimit: 1_000).output)
        try FileManager.default.createDirectory(atPath: folder.path + "/in", withIntermediateDirectories: true)
    }

    private func fetch(_ server: LoopbackFileServer, _ path: String) async throws -> String {
        try await RuleSetDownload.fetch(server.url(path), into: folder.path + "/in")
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path + "/in").sorted()
    }

    @Test func `downloads an archive with the checksum beside it, which is compared`() async throws {
        let (archive, checksum) = (archive, checksum)
        let server = try LoopbackFileServer { path in
            switch path {
            case "/v4/crs-minimal.tar.gz": LoopbackFileServer.response("200 OK", body: archive)
            case "/v4/crs-minimal.tar.gz.sha256": LoopbackFileServer.response("200 OK", body: checksum)
            default: nil
            }
        }
        let path = try await fetch(server, "/v4/crs-minimal.tar.gz")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == archive)
        #expect(try names() == ["release.tar.gz", "release.tar.gz.sha256"])
        let store = RuleSetStore(data: folder.path + "/data", systemRoot: folder.path + "/root")
        let installation = try store.install(
            archive: path,
            verification: ArchiveVerification(allowsUnverified: false)
        )
        #expect("\(installation.ruleSet.version)" == "4.25.1")
        #expect(installation.checks.first?.hasSuffix(": agrees") == true)
    }

    @Test func `follows a redirection`() async throws {
        let archive = archive
        let server = try LoopbackFileServer { path in
            switch path {
            case "/latest.tar.gz": LoopbackFileServer.response("302 Found", fields: ["Location: /real.tar.gz"])
            case "/real.tar.gz": LoopbackFileServer.response("200 OK", body: archive)
            default: nil
            }
        }
        let path = try await fetch(server, "/latest.tar.gz")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == archive)
    }

    @Test func `tells what is not there`() async throws {
        let server = try LoopbackFileServer { _ in nil }
        let error = await #expect(throws: RuleSetStoreError.self) { try await fetch(server, "/none.tar.gz") }
        #expect(error?.message.hasSuffix("/none.tar.gz: not found") == true)
        #expect(try names().isEmpty)
    }

    @Test func `tells a server's fault, of the checksum too`() async throws {
        let archive = archive
        let server = try LoopbackFileServer { path in
            path == "/a.tar.gz"
                ? LoopbackFileServer.response("200 OK", body: archive)
                : LoopbackFileServer.response("500 Internal Server Error")
        }
        // A checksum that could not be asked for must not pass for one that is not published.
        let error = await #expect(throws: RuleSetStoreError.self) { try await fetch(server, "/a.tar.gz") }
        #expect(error?.code == .downloadFailed)
        #expect(error?.message.contains(".sha256: status 500") == true)
    }

    @Test func `does not take a download that was cut short`() async throws {
        let archive = archive
        let server = try LoopbackFileServer { _ in LoopbackFileServer.response("200 OK", body: archive, cut: 10) }
        let error = await #expect(throws: RuleSetStoreError.self) { try await fetch(server, "/a.tar.gz") }
        #expect(error?.code == .downloadFailed)
        #expect(try names().isEmpty)
    }
}
