// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import InjectionDetection

/// An installed libinjection, as Debian's libmodsecurity3 carries it, loaded at run time.
struct LibinjectionOracle {
    private typealias DetectSQL = @convention(c) (UnsafePointer<UInt8>, Int, UnsafeMutablePointer<UInt8>) -> CInt
    private typealias InitializeSQL = @convention(c) (UnsafeMutableRawPointer, UnsafePointer<UInt8>, Int, CInt) -> Void
    private typealias FingerprintSQL = @convention(c) (UnsafeMutableRawPointer, CInt) -> UnsafePointer<CChar>?
    private typealias DetectXSS = @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
    private typealias DetectXSSIn = @convention(c) (UnsafePointer<UInt8>, Int, CInt) -> CInt

    private let detectSQL: DetectSQL
    private let initializeSQL: InitializeSQL
    private let fingerprintSQL: FingerprintSQL
    private let detectXSS: DetectXSS
    private let detectXSSIn: DetectXSSIn
    /// More room than the library's state needs in any of its versions.
    private static let stateSize = 4096

    static let library = "libmodsecurity.so.3"

    /// Whether the library is installed; where it isn't, says so by name.
    ///
    /// Under `CI=true` the answer is always yes, so that a suite without it fails instead of vanishing.
    static func isInstalled(for suite: String) -> Bool {
        if LibinjectionOracle() != nil { return true }
        print("NOT RUN: \(suite): \(library) is missing (apt install libmodsecurity3)")
        return ProcessInfo.processInfo.environment["CI"] == "true"
    }

    init?() {
        guard let handle = dlopen(Self.library, RTLD_NOW) else { return nil }
        func symbol<Function>(_ name: String, as type: Function.Type) -> Function? {
            dlsym(handle, name).map { unsafeBitCast($0, to: type) }
        }
        guard
            let detectSQL = symbol("libinjection_sqli", as: DetectSQL.self),
            let initializeSQL = symbol("libinjection_sqli_init", as: InitializeSQL.self),
            let fingerprintSQL = symbol("libinjection_sqli_fingerprint", as: FingerprintSQL.self),
            let detectXSS = symbol("libinjection_xss", as: DetectXSS.self),
            let detectXSSIn = symbol("libinjection_is_xss", as: DetectXSSIn.self)
        else { return nil }
        self.detectSQL = detectSQL
        self.initializeSQL = initializeSQL
        self.fingerprintSQL = fingerprintSQL
        self.detectXSS = detectXSS
        self.detectXSSIn = detectXSSIn
    }

    /// The fingerprint of the injection in an input, nil where it is benign.
    func injection(in input: [UInt8]) -> String? {
        withTerminated(input) { start, count in
            var fingerprint = [UInt8](repeating: 0, count: 8)
            let isInjection = detectSQL(start, count, &fingerprint) != 0
            return isInjection ? String(decoding: fingerprint.prefix { $0 != 0 }, as: UTF8.self) : nil
        }
    }

    /// The fingerprint of an input read in one way.
    func fingerprint(of input: [UInt8], quoting: SQLQuoting, dialect: SQLDialect) -> String? {
        let quotes: CInt =
            switch quoting {
            case .none: 1
            case .single: 2
            case .double: 4
            }
        let flags = quotes | (dialect == .ansi ? 8 : 16)
        return withTerminated(input) { start, count in
            withUnsafeTemporaryAllocation(byteCount: Self.stateSize, alignment: 16) { state in
                guard let state = state.baseAddress else { return nil }
                initializeSQL(state, start, count, flags)
                return fingerprintSQL(state, flags).map { String(cString: $0) }
            }
        }
    }

    /// Whether an input carries a script.
    func isCrossSiteScripting(_ input: [UInt8]) -> Bool {
        withTerminated(input) { detectXSS($0, $1) != 0 }
    }

    /// Whether an input carries a script in one context.
    func isCrossSiteScripting(_ input: [UInt8], context: HTMLContext) -> Bool {
        let flags: CInt =
            switch context {
            case .text: 0
            case .unquotedAttribute: 1
            case .singleQuotedAttribute: 2
            case .doubleQuotedAttribute: 3
            case .backtickedAttribute: 4
            }
        return withTerminated(input) { detectXSSIn($0, $1, flags) != 0 }
    }

    /// The library looks a few bytes behind the end; zero bytes stand there.
    private func withTerminated<Result>(_ input: [UInt8], _ body: (UnsafePointer<UInt8>, Int) -> Result) -> Result {
        (input + [UInt8](repeating: 0, count: 64)).withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("the buffer holds 64 bytes at least") }
            return body(start, input.count)
        }
    }
}
