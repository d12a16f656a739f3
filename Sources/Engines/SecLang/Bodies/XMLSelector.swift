// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CLibXML2

/// Evaluates XPath expressions on a tree and collects the text of what they select.
enum XMLSelector {
    /// The steps that one evaluation may take.
    private static let maxSteps: UInt = 10_000_000

    static func values(
        _ xpath: String,
        namespaces: [XMLNamespace],
        in document: xmlDocPtr,
        budget: Int
    ) throws(BodyError) -> [[UInt8]] {
        guard let context = xmlXPathNewContext(document) else {
            throw BodyError(.configuration, "XML: Unable to create new XPath context.")
        }
        defer { xmlXPathFreeContext(context) }
        let errors = XMLErrors()
        context.pointee.userData = errors.opaque
        context.pointee.error = XMLErrors.handler
        context.pointee.opLimit = maxSteps
        for namespace in namespaces where xmlXPathRegisterNs(context, namespace.prefix, namespace.uri) != 0 {
            throw BodyError(.configuration, "XML: Failed to register namespace '\(namespace.prefix)'.")
        }
        let selected = errors.collect {
            // Numbering the elements makes comparing two places take constant time instead of linear.
            _ = xmlXPathOrderDocElems(document)
            return xmlXPathEval(xpath, context)
        }
        guard let selected else {
            let isExhausted = context.pointee.opCount >= maxSteps
            throw BodyError(
                isExhausted ? .count : .configuration,
                "XML: Unable to evaluate xpath expression.",
                detail: errors.messages.first
            )
        }
        defer { xmlXPathFreeObject(selected) }
        return try texts(of: selected, budget: budget)
    }

    /// What is wrong with an expression; nil where it compiles.
    ///
    /// Namespace prefixes are looked up when an expression is evaluated, so an unknown one is no fault here.
    static func fault(in xpath: String) -> String? {
        guard let context = xmlXPathNewContext(nil) else {
            return nil
        }
        defer { xmlXPathFreeContext(context) }
        let errors = XMLErrors()
        context.pointee.userData = errors.opaque
        context.pointee.error = XMLErrors.handler
        guard let compiled = errors.collect({ xmlXPathCtxtCompile(context, xpath) }) else {
            return errors.messages.first ?? "it does not compile"
        }
        xmlXPathFreeCompExpr(compiled)
        return nil
    }

    private static func texts(of object: xmlXPathObjectPtr, budget: Int) throws(BodyError) -> [[UInt8]] {
        guard object.pointee.type == XPATH_NODESET, let set = object.pointee.nodesetval,
            let nodes = set.pointee.nodeTab
        else {
            return []
        }
        var walker = XMLTextWalker(budget: budget)
        var values: [[UInt8]] = []
        values.reserveCapacity(Int(set.pointee.nodeNr))
        for index in 0..<Int(set.pointee.nodeNr) {
            if let node = nodes[index] {
                values.append(try walker.text(of: node))
            }
        }
        return values
    }
}

/// Collects text below nodes without recursion and within a budget.
///
/// Entities are expanded where they are referred to, which multiplies text and may nest, hence the budget.
struct XMLTextWalker {
    /// What the nodes to visit and the bytes to collect may cost together.
    private var budget: Int
    private var pending: [xmlNodePtr] = []
    private var text: [UInt8] = []

    init(budget: Int) {
        self.budget = budget
    }

    /// The text that a node stands for.
    mutating func text(of node: xmlNodePtr) throws(BodyError) -> [UInt8] {
        text.removeAll(keepingCapacity: true)
        pending.removeAll(keepingCapacity: true)
        switch node.pointee.type {
        case XML_NAMESPACE_DECL:
            // XPath presents a namespace as a node although it is a structure of its own.
            let namespace = UnsafeMutableRawPointer(node).assumingMemoryBound(to: xmlNs.self)
            try append(namespace.pointee.href)
        case XML_TEXT_NODE, XML_CDATA_SECTION_NODE, XML_COMMENT_NODE, XML_PI_NODE:
            try append(node.pointee.content)
        case XML_ENTITY_REF_NODE:
            try walk(from: expand(node))
        case XML_ELEMENT_NODE, XML_ATTRIBUTE_NODE, XML_DOCUMENT_NODE, XML_DOCUMENT_FRAG_NODE:
            try walk(from: node.pointee.children)
        default:
            break
        }
        return text
    }

    /// Visits a node, its following siblings and everything below them.
    private mutating func walk(from first: xmlNodePtr?) throws(BodyError) {
        var next = first
        while let node = next ?? pending.popLast() {
            try spend(1)
            next = node.pointee.next
            let child: xmlNodePtr?
            switch node.pointee.type {
            case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
                try append(node.pointee.content)
                continue
            case XML_ELEMENT_NODE:
                child = node.pointee.children
            case XML_ENTITY_REF_NODE:
                child = try expand(node)
            default:
                continue
            }
            if let child {
                if let next {
                    pending.append(next)
                }
                next = child
            }
        }
    }

    /// The nodes that a reference stands for; appends the entity's text if it was never parsed into nodes.
    private mutating func expand(_ reference: xmlNodePtr) throws(BodyError) -> xmlNodePtr? {
        guard let entity = xmlGetDocEntity(reference.pointee.doc, reference.pointee.name) else {
            return nil
        }
        if let children = entity.pointee.children {
            return children
        }
        try append(entity.pointee.content)
        return nil
    }

    private mutating func append(_ content: UnsafePointer<xmlChar>?) throws(BodyError) {
        guard let content else {
            return
        }
        let length = Int(xmlStrlen(content))
        try spend(length)
        text.append(contentsOf: UnsafeBufferPointer(start: content, count: length))
    }

    private mutating func append(_ content: UnsafeMutablePointer<xmlChar>?) throws(BodyError) {
        try append(content.map { UnsafePointer($0) })
    }

    private mutating func spend(_ cost: Int) throws(BodyError) {
        budget -= cost
        guard budget >= 0 else {
            throw BodyError(.size, "XML: Values of the expression are too large together.")
        }
    }
}
