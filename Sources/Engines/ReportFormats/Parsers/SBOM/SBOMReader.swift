// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// How a component came into a project.
package enum DependencyDepth: String, Sendable {
    /// What the document describes needs it by itself.
    case direct
    /// Something else that is needed needs it.
    case transitive
    /// The document does not say.
    case unknown
}

/// A component of a bill of materials.
package struct SBOMComponent: Sendable, Hashable {
    package var component: ReportedComponent
    package var depth: DependencyDepth

    package init(_ component: ReportedComponent, depth: DependencyDepth = .unknown) {
        self.component = component
        self.depth = depth
    }
}

/// A bill of materials: what it describes, and of what that is made.
package struct SBOMDocument: Sendable {
    package var format: DetectedFormat
    package var scan: ScanInfo
    package var components: [SBOMComponent]

    package init(format: DetectedFormat, scan: ScanInfo, components: [SBOMComponent]) {
        self.format = format
        self.scan = scan
        self.components = components
    }
}

/// Reads the components of bills of materials: CycloneDX 1.2 to 1.7 in JSON and XML, SPDX 2.2 and 2.3 in JSON and
/// tag-value.
///
/// Components are held in memory, a few hundred bytes each; ``ReportLimits/components`` bounds how many there are.
package struct SBOMReader: Sendable {
    package var limits: ReportLimits

    package init(limits: ReportLimits = ReportLimits()) {
        self.limits = limits
    }

    /// Reads a bill of materials.
    ///
    /// - Parameter source: the document's bytes; they are gone through more than once.
    /// - Throws: ``ReportError``, in one line, also where the document is of another kind, or what the source throws.
    package func read(_ source: any ByteSource) throws -> SBOMDocument {
        var components: [ReportedComponent] = []
        let summary = try ReportReader(limits: limits).read(source) { component in
            components.append(component)
        } finding: { _ in
        }
        guard let format = summary.format, format.format == .cycloneDX || format.format == .spdx else {
            let found = summary.format.map { "a report of the format \($0.name)" } ?? "empty"
            throw ReportError(.unsupported, "this is \(found), not a bill of materials in CycloneDX or SPDX")
        }
        try source.rewind()
        let depths: DependencyGraph
        do {
            depths = try DependencyGraph.read(source, format)
        } catch let error as JSONError {
            throw ReportError(error)
        }
        return SBOMDocument(
            format: format,
            scan: summary.scan,
            components: components.map { component in
                SBOMComponent(component, depth: depths.depth(of: component.reference ?? component.purl))
            }
        )
    }
}
