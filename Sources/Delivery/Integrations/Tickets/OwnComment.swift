// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import NIOHTTP1

/// The one comment under a merge request that is ours, among those of others.
///
/// Anybody can write our marker, so that it is not enough: a token of wide rights would change somebody else's comment,
/// which they could change again. The author has to be the token's account as well.
struct OwnComment {
    let marker: CommentMarker
    /// The number of the token's account; nil where the system does not tell, as of the tokens of apps.
    let account: Int?

    /// Asks whose token it is.
    static func account(_ client: ForgeClient, _ path: [String]) async throws(TicketError) -> Int? {
        do throws(TicketError) {
            return try await client.send(ForgeRequest(.GET, path)).json()["id"]?.integer
        } catch  where error.code == .refused || error.code == .notFound {
            return nil
        }
    }

    /// - Parameter comment: as GitLab and GitHub tell of one.
    func isOurs(_ comment: JSONValue) -> Bool {
        guard comment["system"]?.bool != true, comment["body"]?.text?.hasPrefix(marker.text) == true else {
            return false
        }
        let author = comment["author"] ?? comment["user"]
        guard let account else {
            // The account of an app is a bot, as no person's is.
            return author?["type"]?.text.map { $0 == "Bot" } ?? true
        }
        return author?["id"]?.integer.map { $0 == account } ?? true
    }

    /// Brings the comment to what it should say, where there is one, else makes it.
    func upsert(
        _ body: String,
        among comments: [JSONValue],
        change: (_ number: Int) async throws(TicketError) -> Void,
        make: () async throws(TicketError) -> Void
    ) async throws(TicketError) -> CommentOutcome {
        for comment in comments where isOurs(comment) {
            guard let number = comment["id"]?.integer else { continue }
            if comment["body"]?.text == body { return .unchanged }
            do throws(TicketError) {
                try await change(number)
                return .changed
            } catch  where error.code == .refused || error.code == .notFound {
                // Somebody else wrote it, or took it away: ours is another one.
                continue
            }
        }
        try await make()
        return .made
    }
}
