// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CLibXML2

/// What libxml2 reports while it works on one thing for one caller.
///
/// libxml2 prints errors unless a handler takes them; every context gets this one.
final class XMLErrors {
    /// The most messages that are kept; a broken document can give one per line.
    static let limit = 16
    private(set) var messages: [String] = []
    /// The line of the first message, from 1.
    private(set) var firstLine = 0

    /// The pointer that libxml2 hands back to ``handler``.
    var opaque: UnsafeMutableRawPointer {
        Unmanaged.passUnretained(self).toOpaque()
    }

    /// The handler for contexts whose user data is ``opaque``.
    static let handler: xmlStructuredErrorFunc = { data, error in
        guard let data, let error else {
            return
        }
        Unmanaged<XMLErrors>.fromOpaque(data).takeUnretainedValue().add(error.pointee)
    }

    func add(_ error: xmlError) {
        guard messages.count < Self.limit else {
            return
        }
        if messages.isEmpty {
            firstLine = Int(error.line)
        }
        guard let text = error.message else {
            return
        }
        var message = String(cString: text)
        while let last = message.last, last.isNewline {
            message.removeLast()
        }
        messages.append(message)
    }

    /// Runs something with these errors as this thread's handler, for what libxml2 reports without a context.
    func collect<Value>(_ work: () -> Value) -> Value {
        xmlSetStructuredErrorFunc(opaque, Self.handler)
        xmlSetGenericErrorFunc(nil, Self.silence)
        defer {
            xmlSetStructuredErrorFunc(nil, nil)
            xmlSetGenericErrorFunc(nil, nil)
        }
        return withExtendedLifetime(self, work)
    }

    /// A handler that prints nothing. The type in C takes further arguments, which cannot be written in Swift; in
    /// the calling conventions of C, a function may leave arguments that it is given alone.
    private static var silence: xmlGenericErrorFunc {
        let ignore: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Void = { _, _ in }
        return unsafeBitCast(ignore, to: xmlGenericErrorFunc.self)
    }
}

/// What must be done to libxml2 once in a process.
enum XMLLibrary {
    /// Initialises the library and forbids it the network for good; reading it is enough.
    static let isReady: Bool = {
        xmlInitParser()
        xmlSetExternalEntityLoader(xmlNoNetExternalEntityLoader)
        return true
    }()
}
