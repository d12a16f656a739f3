// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A look at the encoding of a document before libxml2 sees it.
///
/// iconv knows encodings in which markup does not look like markup: EBCDIC, UTF-7, ISO 2022. No client needs them,
/// attackers use them to get past inspection, and ``XMLTagScanner`` could not see the tags.
enum XMLEncoding {
    /// The beginnings of the names of encodings that write markup as ASCII does, NUL bytes aside.
    private static let transparent: [StaticString] = [
        "utf-8", "utf8", "utf-16", "utf16", "utf-32", "utf32", "ucs-2", "ucs-4", "iso-10646", "us-ascii", "ascii",
        "ansi_x3.4", "iso-8859", "iso8859", "iso_8859", "latin", "windows-125", "windows-874", "windows-31j", "cp125",
        "cp932", "koi8", "big5", "gb2312", "gbk", "gb18030", "euc", "shift_jis", "shift-jis", "sjis", "tis-620", "mac",
    ]
    /// How far an XML declaration is looked for.
    private static let declarationLength = 1024

    /// Whether markup can be seen: by the first bytes, and by the declared encoding if there is one.
    static func isTransparent(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if BodyBytes.hasBytes([0x4C, 0x6F, 0xA7, 0x94], in: bytes, at: 0) {
            return false
        }
        // Without NUL bytes, a declaration in UTF-16 or UTF-32 reads like one in ASCII.
        let head = bytes.prefix(declarationLength).filter { $0 != 0 }
        return head.withUnsafeBufferPointer { head in
            guard let name = declaredEncoding(in: head) else {
                return true
            }
            return transparent.contains { BodyBytes.matches($0, in: name, at: 0) }
        }
    }

    /// The value of the declaration's `encoding`, or nil.
    private static func declaredEncoding(in head: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        // A declaration stands first, behind a byte order mark at most.
        guard let start = BodyBytes.firstIndex(of: UInt8(ascii: "<"), in: head, from: 0),
            BodyBytes.hasBytes("<?xml", in: head, at: start)
        else {
            return nil
        }
        let end = BodyBytes.firstIndex(of: UInt8(ascii: ">"), in: head, from: start) ?? head.count
        var index = start
        while index < end, !BodyBytes.hasBytes("encoding", in: head, at: index) {
            index += 1
        }
        guard let equals = BodyBytes.firstIndex(of: BodyBytes.equals, in: head, from: index), equals < end else {
            return nil
        }
        var value = equals + 1
        while value < end,
            BodyBytes.isSpace(head[value]) || head[value] == BodyBytes.quote
                || head[value] == BodyBytes.apostrophe
        {
            value += 1
        }
        return BodyBytes.slice(head, value..<max(value, end))
    }
}

/// A rough look at the tags of a document before libxml2 sees it.
///
/// libxml2 compares each attribute of a tag with all before it, so one tag with 100,000 attributes would take
/// seconds.
enum XMLTagScanner {
    /// Where the first tag begins that has more `=` outside quotes than allowed, or nil.
    static func firstTagBeyond(_ limit: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var index = 0
        while let start = BodyBytes.firstIndex(of: UInt8(ascii: "<"), in: bytes, from: index) {
            index = start + 1
            var count = 0
            var quote: UInt8 = 0
            while index < bytes.count {
                let byte = bytes[index]
                if quote != 0 {
                    // A tag's value holds no "<": outside of tags, quotes are just text.
                    if byte == quote || byte == UInt8(ascii: "<") {
                        quote = 0
                    }
                } else if byte == BodyBytes.quote || byte == BodyBytes.apostrophe {
                    quote = byte
                } else if byte == BodyBytes.equals {
                    count += 1
                    if count > limit {
                        return start
                    }
                }
                if quote == 0, byte == UInt8(ascii: ">") || byte == UInt8(ascii: "<") {
                    break
                }
                index += 1
            }
        }
        return nil
    }
}
