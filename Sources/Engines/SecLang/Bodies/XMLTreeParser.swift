// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CLibXML2

/// Builds libxml2's tree from a body, counting nodes as they come.
enum XMLTreeParser {
    /// What the handlers need while libxml2 parses.
    private final class Progress {
        let errors = XMLErrors()
        let maxNodes: Int
        var nodes = 0

        init(maxNodes: Int) {
            self.maxNodes = maxNodes
        }

        var isExhausted: Bool { nodes > maxNodes }

        /// Counts nodes, and tells libxml2 to stop beyond the limit.
        static func count(_ nodes: Int, in data: UnsafeMutableRawPointer?) -> Bool {
            guard let context = data?.assumingMemoryBound(to: xmlParserCtxt.self),
                let opaque = context.pointee._private
            else {
                return true
            }
            let progress = Unmanaged<Progress>.fromOpaque(opaque).takeUnretainedValue()
            progress.nodes += nodes
            if progress.isExhausted {
                xmlStopParser(context)
                return false
            }
            return true
        }
    }

    static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>,
        limits: XMLLimits
    ) -> (document: xmlDocPtr?, error: BodyError?) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            return (nil, nil)
        }
        guard XMLEncoding.isTransparent(bytes) else {
            return (nil, BodyError(.malformed, "XML: Encoding is not supported.", offset: 0))
        }
        if let offset = XMLTagScanner.firstTagBeyond(limits.maxAttributesPerTag, in: bytes) {
            return (nil, BodyError(.count, "XML: Too many attributes in one tag.", offset: offset))
        }
        // The first four bytes tell the encoding, the rest follows when the handlers are in place.
        let head = min(4, bytes.count)
        let progress = Progress(maxNodes: limits.maxNodes)
        let text = UnsafeRawPointer(base).assumingMemoryBound(to: CChar.self)
        guard XMLLibrary.isReady, let rest = Int32(exactly: bytes.count - head),
            let context = xmlCreatePushParserCtxt(nil, nil, text, Int32(head), "body.xml")
        else {
            return (nil, BodyError(.size, "XML: Failed to create parsing context."))
        }
        prepare(context, progress)
        progress.errors.collect {
            _ = xmlParseChunk(context, text + head, rest, 1)
        }
        let isWellFormed = withExtendedLifetime(progress) {
            context.pointee.wellFormed == 1 && !progress.isExhausted
        }
        let document = context.pointee.myDoc
        context.pointee.myDoc = nil
        xmlFreeParserCtxt(context)
        return (document, isWellFormed ? nil : failure(progress, limits: limits))
    }

    private static func failure(_ progress: Progress, limits: XMLLimits) -> BodyError {
        if progress.isExhausted {
            return BodyError(.count, "XML: More than \(limits.maxNodes) nodes.")
        }
        let errors = progress.errors
        return BodyError(
            .malformed,
            "XML: Failed parsing document.",
            detail: errors.messages.first.map { "line \(errors.firstLine): \($0)" }
        )
    }

    private static func prepare(_ context: xmlParserCtxtPtr, _ progress: Progress) {
        _ = xmlCtxtUseOptions(context, Int32(bitPattern: XML_PARSE_NONET.rawValue))
        context.pointee._private = Unmanaged.passUnretained(progress).toOpaque()
        guard let sax = context.pointee.sax else {
            return
        }
        sax.pointee.serror = { data, error in
            guard let context = data?.assumingMemoryBound(to: xmlParserCtxt.self), let error,
                let opaque = context.pointee._private
            else {
                return
            }
            Unmanaged<Progress>.fromOpaque(opaque).takeUnretainedValue().errors.add(error.pointee)
        }
        sax.pointee.startElementNs = { data, name, prefix, uri, spaces, spaceList, attributes, defaulted, list in
            if Progress.count(1 + Int(spaces) + Int(attributes), in: data) {
                xmlSAX2StartElementNs(
                    data,
                    name,
                    prefix,
                    uri,
                    spaces,
                    spaceList,
                    attributes,
                    defaulted,
                    list
                )
            }
        }
        sax.pointee.comment = { data, text in
            if Progress.count(1, in: data) {
                xmlSAX2Comment(data, text)
            }
        }
        sax.pointee.cdataBlock = { data, text, length in
            if Progress.count(1, in: data) {
                xmlSAX2CDataBlock(data, text, length)
            }
        }
        sax.pointee.processingInstruction = { data, target, text in
            if Progress.count(1, in: data) {
                xmlSAX2ProcessingInstruction(data, target, text)
            }
        }
        sax.pointee.reference = { data, name in
            if Progress.count(1, in: data) {
                xmlSAX2Reference(data, name)
            }
        }
    }
}
