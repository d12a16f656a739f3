// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import HTTPTypes
import Hummingbird

/// What a client of the API sends to add a product.
private struct NewProduct: Decodable {
    var name: String
    var description: String?
    /// In euro cents.
    var price: Int
}

/// The products as JSON; no known weakness.
extension Shop {
    func addProductAPI(to router: Router<BasicRequestContext>) {
        router.get("/api/products") { _, _ in
            Response.json(try JSONEncoder().encode(try await catalogue.products()))
        }
        router.get("/api/products/{id}") { _, context in
            guard let product = try await catalogue.product(id: context.parameters.require("id", as: Int.self)) else {
                throw HTTPError(.notFound)
            }
            return Response.json(try JSONEncoder().encode(product))
        }
        router.post("/api/products") { request, _ in
            let new: NewProduct
            do {
                new = try JSONDecoder().decode(NewProduct.self, from: Data(try await request.bodyBytes()))
            } catch is DecodingError {
                throw HTTPError(.badRequest, message: "Send {\"name\": text, \"description\": text, \"price\": cents}.")
            }
            let added = try await catalogue.addProduct(
                name: String(new.name.prefix(200)),
                description: String((new.description ?? "").prefix(2000)),
                price: new.price
            )
            guard let added else { throw HTTPError(.conflict, message: "The shelves are full.") }
            return Response.json(try JSONEncoder().encode(added), status: .created)
        }
    }
}

extension Response {
    static func json(_ data: Data, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(bytes: data))
        )
    }
}
