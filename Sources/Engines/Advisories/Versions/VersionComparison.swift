// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Decides lines of the form `A<TAB>B`: how two versions of one ecosystem sort.
public struct VersionComparison: Sendable {
    /// What a line says.
    public enum Answer: Sendable, Equatable {
        case order(VersionOrder)
        /// One of both is no version in the ecosystem, or the line has not two fields; with the reason.
        case error(String)
    }

    /// The ecosystem whose rules hold.
    public let ecosystem: Ecosystem

    /// - Parameter ecosystem: a name as in ``Ecosystem/init(_:)``.
    /// - Throws: ``AdvisoryError`` where the ecosystem is not known.
    public init(ecosystem: String) throws(AdvisoryError) {
        self.ecosystem = try Ecosystem(ecosystem)
    }

    /// Answers one line, without its line feed.
    public func answer(_ line: Span<UInt8>) -> Answer {
        guard let tab = VersionText.first(0x09, in: line, 0..<line.count) else {
            return .error("the line has no tab between two versions")
        }
        guard VersionText.first(0x09, in: line, (tab + 1)..<line.count) == nil else {
            return .error("the line has more than two fields")
        }
        let left = line.extracting(0..<tab)
        let right = line.extracting((tab + 1)..<line.count)
        if let reason = ecosystem.scheme.rejection(of: left) {
            return .error("the first version: \(reason)")
        }
        if let reason = ecosystem.scheme.rejection(of: right) {
            return .error("the second version: \(reason)")
        }
        return .order(ecosystem.scheme.compare(left, right))
    }
}
