// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto

/// GitLab's own identity of findings: the same hashes, so that what refers to a finding there can be found here.
///
/// The scheme is that of GitLab's documentation of security reports and vulnerability tracking: an identifier and a
/// location each have a SHA-1 fingerprint, and the finding a version 5 UUID over both.
package enum GitLabIdentity {
    /// The types of reports, as GitLab names them.
    package enum ReportType: String, Sendable, Hashable, CaseIterable {
        case sast
        case secretDetection = "secret_detection"
        case dependencyScanning = "dependency_scanning"
        case containerScanning = "container_scanning"
        case clusterImageScanning = "cluster_image_scanning"
        case dast
        case apiFuzzing = "api_fuzzing"
        case coverageFuzzing = "coverage_fuzzing"
    }

    /// What of a location goes into its fingerprint.
    package enum Location: Sendable, Hashable {
        /// SAST and secret detection.
        case lines(file: String, start: Int?, end: Int?)
        /// Dependency scanning; the version plays no part.
        case dependency(file: String, package: String, isPython: Bool)
        /// Container and cluster image scanning.
        case image(name: String, defaultBranchImage: String?, package: String)
        /// DAST and fuzzing of interfaces.
        case address(path: String, method: String, parameter: String)
        case crash(type: String, state: String)
    }

    /// The SHA-1 of an identifier, in hexadecimal.
    package static func identifierFingerprint(type: String, value: String) -> String {
        sha1("\(type):\(value)")
    }

    /// The SHA-1 of a location, in hexadecimal.
    package static func locationFingerprint(_ location: Location) -> String {
        sha1(fingerprintData(location))
    }

    private static func fingerprintData(_ location: Location) -> String {
        switch location {
        case .lines(let file, let start, let end): "\(file):\(text(start)):\(text(end))"
        case .dependency(let file, let package, let isPython):
            "\(file):\(isPython ? normalizedPythonName(package) : package)"
        case .image(let name, let defaultBranchImage, let package):
            "\(imageName(defaultBranchImage ?? name)):\(package)"
        case .address(let path, let method, let parameter): "\(path):\(method):\(parameter)"
        case .crash(let type, let state): "\(type):\(state)"
        }
    }

    private static func text(_ number: Int?) -> String {
        number.map(String.init) ?? ""
    }

    /// PEP 503: lower case, and one hyphen for every run of hyphens, underscores and dots.
    static func normalizedPythonName(_ name: String) -> String {
        var result = ""
        for character in name.lowercased() {
            if character == "-" || character == "_" || character == "." {
                if result.last != "-" { result.append("-") }
            } else {
                result.append(character)
            }
        }
        return result
    }

    /// An image's name; its tag stays where it looks like a version of the image's content and not like a hash.
    static func imageName(_ image: String) -> String {
        guard let colon = image.lastIndex(of: ":") else { return image }
        let tag = image[image.index(after: colon)...]
        return isVersion(tag) && !isHash(tag) ? image : String(image[..<colon])
    }

    /// What RubyGems takes for a version: segments of digits or letters with dots between, the first of digits, and
    /// perhaps one part behind a hyphen.
    private static func isVersion(_ tag: Substring) -> Bool {
        let parts = tag.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let number = parts.first, let first = number.first, first.isASCII, first.isNumber else { return false }
        let segments = number.split(separator: ".", omittingEmptySubsequences: false)
        guard let major = segments.first, major.allSatisfy(\.isNumber) else { return false }
        func isWord(_ text: Substring) -> Bool {
            !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isNumber || $0.isLetter) }
        }
        guard segments.allSatisfy(isWord) else { return false }
        guard parts.count == 2 else { return true }
        return parts[1].split(separator: ".", omittingEmptySubsequences: false)
            .allSatisfy { segment in
                !segment.isEmpty && segment.allSatisfy { $0.isASCII && ($0.isNumber || $0.isLetter || $0 == "-") }
            }
    }

    private static func isHash(_ tag: Substring) -> Bool {
        (32...128).contains(tag.count) && tag.allSatisfy { $0.isASCII && $0.isHexDigit }
    }

    // MARK: Signatures

    /// An algorithm of tracking signatures; the greater the priority, the more it is believed.
    package enum SignatureAlgorithm: String, Sendable, Hashable, CaseIterable {
        case hash
        case location
        case scopeOffset = "scope_offset"
        case scopeOffsetCompressed = "scope_offset_compressed"
        case ruleValue = "rule_value"

        /// 1 for the weakest to 5 for the strongest.
        package var priority: Int {
            switch self {
            case .hash: 1
            case .location: 2
            case .scopeOffset: 3
            case .scopeOffsetCompressed: 4
            case .ruleValue: 5
            }
        }
    }

    /// The SHA-1 of a signature's value in hexadecimal; values of several items of one algorithm are joined by bars.
    package static func signatureHash(_ values: [String]) -> String {
        sha1(values.joined(separator: "|"))
    }

    /// What stands in a UUID's name in place of the location's fingerprint.
    ///
    /// - Parameters:
    ///   - signature: what ``signatureHash(_:)`` gives.
    ///   - algorithm: set for the newer form, which is qualified by the algorithm's name.
    package static func signatureFingerprint(
        _ signature: String,
        qualifiedBy algorithm: SignatureAlgorithm? = nil
    )
        -> String
    {
        sha1(algorithm.map { "\($0.rawValue):\(signature)" } ?? signature)
    }

    /// The signature that identity uses: that of the highest priority.
    package static func best<Signature>(
        _ signatures: [(algorithm: SignatureAlgorithm, signature: Signature)]
    ) -> (algorithm: SignatureAlgorithm, signature: Signature)? {
        signatures.max { $0.algorithm.priority < $1.algorithm.priority }
    }

    // MARK: UUID

    /// The namespace of GitLab in production.
    package static let productionNamespace: [UInt8] = [
        0x58, 0xDC, 0x0F, 0x06, 0x93, 0x6C, 0x43, 0xB3, 0x93, 0xBB, 0x71, 0x69, 0x3F, 0x1B, 0x65, 0x70,
    ]

    /// The UUID of a finding (RFC 9562, version 5).
    ///
    /// - Parameters:
    ///   - reportType: the type of its report.
    ///   - identifier: the fingerprint of its primary identifier.
    ///   - location: that of its location, or of its best signature.
    ///   - project: the project's number in GitLab.
    ///   - context: the number of a tracked branch that is not the default one.
    package static func uuid(
        reportType: ReportType,
        identifier: String,
        location: String,
        project: Int,
        context: Int? = nil
    ) -> String {
        let name = "\(reportType.rawValue)-\(identifier)-\(location)-\(project)" + (context.map { "-\($0)" } ?? "")
        return uuid5(namespace: productionNamespace, name: name)
    }

    /// A name-based UUID: the first 16 bytes of the SHA-1 of namespace and name, with version and variant.
    package static func uuid5(namespace: [UInt8], name: String) -> String {
        var bytes = Array(Insecure.SHA1.hash(data: namespace + Array(name.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x50
        bytes[8] = bytes[8] & 0x3F | 0x80
        let text = Array(Hex.text(bytes))
        return [text[0..<8], text[8..<12], text[12..<16], text[16..<20], text[20..<32]]
            .map { String($0) }.joined(separator: "-")
    }

    private static func sha1(_ text: String) -> String {
        Hex.text(Insecure.SHA1.hash(data: Array(text.utf8)))
    }
}
