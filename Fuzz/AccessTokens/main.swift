// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

// The readers of API tokens, of signed tokens and of what these claim, and the names that people choose.

import Access

private let provider = try? OpenIDProvider(
    issuer: "https://id.example.org",
    clientID: "redoubt",
    redirectURI: "https://redoubt.example.org/login/openid"
)

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAccessTokens(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    if let token = TokenText(input) {
        precondition(token.text.utf8.elementsEqual(input), "a token has one spelling")
    }
    if let token = try? SignedToken(input, allowing: Set(SigningAlgorithm.allCases)) {
        precondition(input.starts(with: token.signed) && token.signature.count < input.count)
        precondition(token.keyID?.count ?? 0 <= 256)
        checkClaims(token.payload)
    }
    checkClaims(input)
    let text = String(decoding: input, as: UTF8.self)
    let cleaned = DisplayText.cleaned(text, maximumBytes: 64)
    precondition(cleaned.utf8.count <= 64 && DisplayText.cleaned(cleaned, maximumBytes: 64) == cleaned)
    if let name = UserName(ifValid: text) {
        precondition(UserName(ifValid: name.description) == name, "a name is kept as it is read")
    }
    return 0
}

private func checkClaims(_ claims: [UInt8]) {
    guard let provider,
        let token = try? IDToken(claims: claims, of: provider, nonce: "n", at: 1_800_000_000_000_000_000)
    else { return }
    precondition((1...255).contains(token.identity.subject.utf8.count), "a subject is bounded")
    precondition(token.identity.issuer == provider.issuer && token.groups.count <= 1000)
}
