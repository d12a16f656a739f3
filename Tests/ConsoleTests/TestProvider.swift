// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Crypto
import CryptoExtras
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A provider of identities that listens on this machine: it gives codes, turns each into an ID token once where the verifier
/// and the secret are right, and signs with real keys.
final class TestProvider: Sendable {
    struct State {
        var key = Key.ec(P256.Signing.PrivateKey(), "k1")
        /// What signs instead of the key that is published.
        var falseKey: Key?
        var algorithm: String?
        /// Changes to what an ID token says.
        var claims: [String: any Sendable] = [:]
        var groups = ["staff"]
        var subject = "248289761001"
        /// By code: the nonce, the challenge and the redirect address.
        var codes: [String: (nonce: String, challenge: String, redirect: String)] = [:]
        var requests: [String] = []
        /// Seconds since 1970.
        var clock: @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }
        /// What is answered in place of the right thing, by path.
        var answers: [String: (HTTPResponseStatus, [(String, String)], String)] = [:]
    }

    enum Key: Sendable {
        case ec(P256.Signing.PrivateKey, String)
        case rsa(_RSA.Signing.PrivateKey, String)

        static func makeRSA(_ id: String) throws -> Key { .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048), id) }
    }

    static let secret = "a secret & more"
    let state = Mutex(State())
    let port: Int
    private let channel: any Channel

    var issuer: String { "http://127.0.0.1:\(port)" }

    init() async throws {
        let box = Box()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(box))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        box.provider.withLock { $0 = self }
    }

    func close() async throws { try await channel.close().get() }

    // MARK: Answers

    /// What somebody's browser brings back, after that one has said yes at the provider.
    func consent(to address: String) throws -> String {
        let query = Self.pairs(String(address.split(separator: "?", maxSplits: 1).last ?? ""))
        let code = "code-\(UUID().uuidString)"
        state.withLock {
            $0.codes[code] = (query["nonce"] ?? "", query["code_challenge"] ?? "", query["redirect_uri"] ?? "")
        }
        return "state=\(query["state"] ?? "")&code=\(code)&session_state=more"
    }

    fileprivate func answer(
        _ head: HTTPRequestHead,
        _ body: String
    ) -> (HTTPResponseStatus, [(String, String)], String) {
        state.withLock { state in
            state.requests.append(head.uri)
            if let answer = state.answers[head.uri] { return answer }
            switch head.uri {
            case "/.well-known/openid-configuration":
                return (
                    .ok, [],
                    """
                    {"issuer":"\(issuer)","authorization_endpoint":"\(issuer)/auth","token_endpoint":"\(issuer)/token",\
                    "jwks_uri":"\(issuer)/keys","response_types_supported":["code"],\
                    "end_session_endpoint":"\(issuer)/end","code_challenge_methods_supported":["S256"]}
                    """
                )
            case "/keys": return (.ok, [], "{\"keys\":[\(Self.published(state.key))]}")
            case "/token": return token(head, Self.pairs(body), &state)
            default: return (.notFound, [], "")
            }
        }
    }

    private func token(
        _ head: HTTPRequestHead,
        _ form: [String: String],
        _ state: inout State
    ) -> (HTTPResponseStatus, [(String, String)], String) {
        let pair = "redoubt:" + (Self.secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
        guard head.headers.first(name: "authorization") == "Basic \(Data(pair.utf8).base64EncodedString())" else {
            return (.unauthorized, [], #"{"error":"invalid_client"}"#)
        }
        let challenge = Self.encode(Data(SHA256.hash(data: Data((form["code_verifier"] ?? "").utf8))))
        guard let code = form["code"], let known = state.codes.removeValue(forKey: code),
            known.challenge == challenge, known.redirect == form["redirect_uri"]
        else { return (.badRequest, [], #"{"error":"invalid_grant"}"#) }
        let now = state.clock()
        var claims: [String: Any] = [
            "iss": issuer, "sub": state.subject, "aud": "redoubt", "exp": now + 300, "iat": now, "nonce": known.nonce,
            "preferred_username": "kim", "name": "Kim Lee", "groups": state.groups,
        ]
        for (name, value) in state.claims { claims[name] = value }
        do {
            let text = try Self.signed(claims, state.falseKey ?? state.key, state.algorithm)
            return (.ok, [], "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":\"\(text)\"}")
        } catch {
            return (.internalServerError, [], "\(error)")
        }
    }

    // MARK: Tokens

    private static func signed(_ claims: [String: Any], _ key: Key, _ algorithm: String?) throws -> String {
        let (name, id) =
            switch key {
            case .ec(_, let id): ("ES256", id)
            case .rsa(_, let id): ("RS256", id)
            }
        let header = ["alg": algorithm ?? name, "kid": id, "typ": "JWT"]
        let text =
            encode(try JSONSerialization.data(withJSONObject: header)) + "."
            + encode(try JSONSerialization.data(withJSONObject: claims))
        guard algorithm != "none" else { return text + "." }
        let digest = SHA256.hash(data: Data(text.utf8))
        let signature =
            switch key {
            case .ec(let key, _): try key.signature(for: digest).rawRepresentation
            case .rsa(let key, _): try key.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation
            }
        return text + "." + encode(signature)
    }

    private static func published(_ key: Key) -> String {
        switch key {
        case .ec(let key, let id):
            let point = key.publicKey.rawRepresentation
            return
                #"{"kty":"EC","kid":"\#(id)","crv":"P-256","x":"\#(encode(point.prefix(32)))","y":"\#(encode(point.suffix(32)))"}"#
        case .rsa(let key, let id):
            guard let numbers = try? key.publicKey.getKeyPrimitives() else { return "{}" }
            return
                #"{"kty":"RSA","kid":"\#(id)","n":"\#(encode(numbers.modulus))","e":"\#(encode(numbers.publicExponent))"}"#
        }
    }

    private static func encode(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func pairs(_ text: String) -> [String: String] {
        let items = URLComponents(string: "http://x/?\(text.replacing("+", with: "%20"))")?.queryItems ?? []
        return items.reduce(into: [:]) { $0[$1.name] = $1.value }
    }

    /// The provider is made after what serves it.
    fileprivate final class Box: Sendable {
        let provider = Mutex<TestProvider?>(nil)
    }
}

private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let box: TestProvider.Box
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ box: TestProvider.Box) {
        self.box = box
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ""
        case .body(let buffer): body += String(buffer: buffer)
        case .end:
            guard let head, let provider = box.provider.withLock({ $0 }) else { return }
            let (status, fields, text) = provider.answer(head, body)
            var headers = HTTPHeaders(fields)
            headers.add(name: "content-length", value: String(text.utf8.count))
            let response = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.write(wrapOutboundOut(.head(response)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
