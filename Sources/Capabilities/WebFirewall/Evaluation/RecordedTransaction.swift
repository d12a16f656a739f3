// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// A request, and perhaps its response, to be judged offline.
package struct RecordedTransaction: Sendable {
    /// What the caller calls it; repeated in the result.
    package var id: String
    /// SecLang text that is added after the rule files, for this transaction alone.
    package var rules: String?
    package var connection: HTTPConnectionInfo
    package var request: ReceivedRequest
    package var response: RecordedResponse?

    package init(
        id: String,
        rules: String? = nil,
        connection: HTTPConnectionInfo,
        request: ReceivedRequest,
        response: RecordedResponse? = nil
    ) {
        self.id = id
        self.rules = rules
        self.connection = connection
        self.request = request
        self.response = response
    }
}

/// A response to be judged offline.
package struct RecordedResponse: Sendable {
    package var head: HTTPResponseHead
    package var body: [UInt8]

    package init(head: HTTPResponseHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }
}
