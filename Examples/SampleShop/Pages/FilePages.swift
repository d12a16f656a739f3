// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import HTTPTypes
import Hummingbird

extension Shop {
    /// Manuals to read, and photos to share.
    func addFilePages(to router: Router<BasicRequestContext>) {
        router.get("/files") { request, _ in try file(named: request.query["name"]) }
        router.get("/upload") { _, _ in try uploadForm() }
        router.post("/upload") { request, _ in try await upload(request) }
        router.get("/uploads/{name}") { _, context in try uploadedFile(named: context.parameters.require("name")) }
    }

    /// Vulnerable: the name may lead out of the folder, `../../../../etc/passwd` (CWE-22).
    private func file(named name: String) throws -> Response {
        guard !name.isEmpty else { return try manualList().response() }
        guard let bytes = folder.contents(atPath: "\(folder.manuals.path)/\(name)") else {
            throw HTTPError(.notFound, message: "There is no such manual.")
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    private func manualList() throws -> Page {
        let items = try folder.names(in: folder.manuals).map { name in
            "<li><a href=\"/files?name=\(name.escaped)\">\(name.escaped)</a></li>"
        }
        return Page(title: "Manuals", content: "<ul>\(items.joined(separator: "\n"))</ul>")
    }

    private func uploadForm() throws -> Page {
        let items = try folder.names(in: folder.uploads).map { name in
            let path = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["-", ".", "_"])) ?? ""
            return "<li><a href=\"/uploads/\(path)\">\(name.escaped)</a></li>"
        }
        return Page(
            title: "Share a photo",
            content: """
                <form action="/upload" method="post" enctype="multipart/form-data" class="stacked">
                <label>Title <input name="title"></label>
                <label>Photo <input type="file" name="photo" required></label>
                <button>Upload</button>
                </form>
                <p class="note">At most one megabyte; we keep the latest \(ShopFolder.uploadLimit).</p>
                <h2>Shared so far</h2>
                <ul>\(items.joined(separator: "\n"))</ul>
                """
        )
    }

    /// Vulnerable: any kind of file is taken, under the name that it brings (CWE-434).
    private func upload(_ request: Request) async throws -> Response {
        let form = MultipartForm(
            body: try await request.bodyBytes(),
            contentType: request.headers[.contentType] ?? ""
        )
        guard let photo = form["photo"], let name = photo.fileName,
            try folder.store(upload: photo.content, named: name) != nil
        else {
            throw HTTPError(.badRequest, message: "Choose a photo first.")
        }
        return .seeOther("/upload")
    }

    /// Vulnerable: the type is guessed from the name, so that an uploaded page is a page of this site
    /// (CWE-434, and CWE-79 by it).
    private func uploadedFile(named name: String) throws -> Response {
        let name = name.removingPercentEncoding ?? name
        guard !name.contains("/"), name != "..",
            let bytes = folder.contents(atPath: "\(folder.uploads.path)/\(name)")
        else {
            throw HTTPError(.notFound, message: "There is no such photo.")
        }
        let suffix = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        let type = MediaType.getMediaType(forExtension: suffix)?.description ?? "application/octet-stream"
        return Response(
            status: .ok,
            headers: [.contentType: type],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
