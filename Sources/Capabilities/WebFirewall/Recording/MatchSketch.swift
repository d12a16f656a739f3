// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import SecLang

/// The bare form of a value that a rule matched: it shows an attack and hides what a person typed.
///
/// Words that attacks are made of stay, and so do single letters, digits and signs; of all other words only the length is
/// left: `x' UNION SELECT ********,1 FROM *****--`. Values that are secrets by their place are not shown at all; those that say
/// nothing of a person, such as the name of a browser, as they are.
struct MatchSketch {
    let bytes: [UInt8]

    static let longest = 160
    private static let longestWord = 32

    /// Nil where there is nothing to show.
    init?(_ match: RuleMatch) {
        guard !match.value.isEmpty, !Self.isSecret(match.variable) else { return nil }
        if Self.isOpen(match.variable) {
            self.init(shown: match.value.prefix(Self.longest).map { Self.isShown($0) ? $0 : UInt8(ascii: ".") })
        } else {
            self.init(of: match.value[...])
        }
    }

    private init(shown bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// What says nothing of a person, and stands in the event anyway.
    static func isOpen(_ variable: [UInt8]) -> Bool {
        open.contains(variable.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 })
    }

    private static let open = Set(
        """
        request_headers:user-agent request_headers:host request_headers:content-type request_headers:accept
        request_headers:range request_headers:content-length request_headers:content-encoding
        request_method request_protocol request_filename request_basename response_status
        """.split(whereSeparator: \.isWhitespace).map { Array($0.utf8) }
    )

    init(of value: ArraySlice<UInt8>) {
        var bytes: [UInt8] = []
        var rest = value.prefix(Self.longest * 2)
        while let byte = rest.first, bytes.count < Self.longest {
            guard Self.isLetter(byte) else {
                bytes.append(Self.isShown(byte) ? byte : UInt8(ascii: "."))
                rest.removeFirst()
                continue
            }
            let word = rest.prefix(while: Self.isLetter)
            rest = rest.dropFirst(word.count)
            if word.count == 1 || Self.isKnown(word) {
                bytes += word
            } else {
                bytes += [UInt8](repeating: UInt8(ascii: "*"), count: min(word.count, Self.longestWord))
            }
        }
        if !rest.isEmpty || value.count > Self.longest * 2 { bytes += "…".utf8 }
        self.bytes = bytes
    }

    /// Letters and digits of all scripts: what words are made of.
    static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    static func isShown(_ byte: UInt8) -> Bool { (0x20..<0x7F).contains(byte) }

    static func isKnown(_ word: ArraySlice<UInt8>) -> Bool {
        word.count <= 16
            && words.contains(
                word.map { byte in
                    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
                }
            )
    }

    /// Fields whose values are secrets whoever sends them.
    static func isSecret(_ variable: [UInt8]) -> Bool {
        let name = variable.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        return secrets.contains { name.firstRange(of: $0) != nil }
    }

    private static let secrets = [
        "request_cookies", "authorization", "cookie", "passw", "pwd", "secret", "token", "api_key", "apikey", "session",
        "credential", "card", "iban", "cvv", "cvc",
    ].map { Array($0.utf8) }

    /// The words of SQL, HTML, shells and programs that attacks are recognised by.
    private static let words: Set<[UInt8]> = Set(
        """
        select union all from where and or not null like in is having group order by limit offset insert into update set delete \
        drop table database schema information_schema tables columns exec execute declare cast convert char chr concat \
        group_concat substring substr ascii hex unhex sleep benchmark waitfor delay pg_sleep load_file outfile dumpfile version \
        user xp_cmdshell case when then else end true false sqlite_master sysobjects dual if exists \
        script img svg iframe object embed body div input style link meta base form onerror onload onclick onmouseover onfocus \
        src href javascript vbscript data alert confirm prompt document cookie location window eval settimeout function \
        constructor fromcharcode innerhtml html text \
        etc passwd shadow hosts proc self environ windows system32 win ini boot dev tcp tmp var www htaccess wp config php asp \
        aspx jsp cgi bin sh bash zsh ksh csh dash cmd exe powershell perl python ruby node gcc nc ncat netcat curl wget cat ls \
        id whoami uname ping nslookup dig chmod chown rm cp mv echo printf tail head more less kill ps env sudo su \
        http https ftp file gopher dict ldap ldaps rmi dns jndi java lang runtime getruntime class forname getclass system \
        passthru shell_exec popen proc_open base64_decode base64 assert include require phpinfo preg_replace call_user_func \
        localhost metadata internal latest meta
        """.split(separator: " ").map { Array($0.utf8) }
    )
}
