// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The components of a document, by what vulnerabilities call them.
///
/// All components are kept while they are small together, as most documents are: then it need not be known which of them
/// are meant. Of a large document, only those are kept that vulnerabilities name, for which these are read once more.
struct ComponentCatalog {
    private var components: [ReportedComponent] = []
    private var places: [String: Int] = [:]
    private var bytes = 0
    /// The references that are taken; nil for all.
    private var wanted: Set<String>?
    /// Whether there are more components than are kept without knowing which are wanted.
    private(set) var isOverfull = false

    /// About the memory of a component without its texts.
    private static let componentBytes = 288
    private let mostBytes: Int

    /// - Parameter mostBytes: the memory that components may take, about, while it is not known which are wanted.
    init(mostBytes: Int = 32 << 20) {
        self.mostBytes = mostBytes
    }

    /// Takes a component under its own reference; of those with the same, the last counts.
    ///
    /// - Parameter purl: what it is called too.
    mutating func take(_ component: ReportedComponent, alsoAs purl: String?) {
        guard !isOverfull else {
            return
        }
        let reference = component.reference.flatMap { isWanted($0) ? $0 : nil }
        let purl = purl.flatMap { isWanted($0) && $0 != reference ? $0 : nil }
        guard reference != nil || purl != nil else {
            return
        }
        bytes += Self.componentBytes + (component.purl?.utf8.count ?? 0)
        bytes += component.reference == component.purl ? 0 : component.reference?.utf8.count ?? 0
        guard wanted != nil || bytes <= mostBytes else {
            isOverfull = true
            components = []
            places = [:]
            return
        }
        if let reference { places[reference] = components.count }
        if let purl { places[purl] = components.count }
        components.append(component)
    }

    private func isWanted(_ reference: String) -> Bool {
        wanted?.contains(reference) ?? true
    }

    /// Forgets all components, and takes only those that are called so.
    mutating func restart(wanting references: Set<String>) {
        components = []
        places = [:]
        wanted = references
        isOverfull = false
    }

    subscript(reference: String) -> ReportedComponent? {
        places[reference].map { components[$0] }
    }
}
