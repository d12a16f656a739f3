// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One file of rule set regression tests, in the YAML schema that go-ftw runs.
package struct RegressionFile: Sendable {
    /// Where it was read from.
    package var path: String
    /// `meta.enabled`; a disabled file is listed but not run.
    package var isEnabled: Bool
    package var tests: [RegressionTest]
}

/// A test: requests sent one after another, each with what is expected of it.
package struct RegressionTest: Sendable {
    /// `942100-3`
    package var id: String
    package var description: String
    package var stages: [Stage]

    /// One request and its expectations.
    package struct Stage: Sendable {
        package var input: Input
        package var output: Output
    }

    /// The request of a stage.
    package struct Input: Sendable {
        package var method = "GET"
        package var uri = "/"
        package var version = "HTTP/1.1"
        /// In the order of the file.
        package var headers: [(name: String, value: String)] = []
        package var data: [UInt8]?
        /// Whether headers that the test leaves out are filled in.
        package var completesHeaders = true
        /// Whether the test is written in schema 2 or newer: its runner also adds `Connection: close`, a length
        /// of zero for methods with a body, and CRLF line ends in multipart bodies.
        package var isNewSchema = false
        /// The whole request, byte for byte; everything above is ignored then.
        package var rawRequest: [UInt8]?
        /// What the server behind the firewall answers.
        package var response: Response?

        package init() {}
    }

    /// A response that the server behind the firewall is to give.
    package struct Response: Sendable {
        package var status = 200
        package var headers: [(name: String, value: String)] = []
        package var body: [UInt8] = []

        package init() {}
    }

    /// What is expected of a stage.
    package struct Output: Sendable, Equatable {
        /// Any of these status codes; empty where the status does not matter.
        package var status: [Int] = []
        /// A regular expression that some log line matches.
        package var logContains: String?
        /// A regular expression that no log line matches.
        package var noLogContains: String?
        /// Rules that must be in the log.
        package var expectedIDs: [Int] = []
        /// Rules that must not be in the log.
        package var unexpectedIDs: [Int] = []
        /// A regular expression that the response's body matches.
        package var responseContains: String?
        /// The server gives no proper answer; nil where nothing is said about it.
        package var expectsError: Bool?
        /// No rule but the one expected may be in the log.
        package var isIsolated = false
        /// A failure is tried a second time.
        package var retriesOnce = false

        package init() {}

        /// Whether anything is expected of the log.
        package var judgesLog: Bool {
            logContains != nil || noLogContains != nil || !expectedIDs.isEmpty || !unexpectedIDs.isEmpty || isIsolated
        }
    }
}
