// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import SecLang

private func parseXML(_ text: String, limits: XMLLimits = XMLLimits()) -> XMLBody {
    Array(text.utf8).withUnsafeBufferPointer { XMLBody($0, limits: limits) }
}

extension XMLBody {
    fileprivate func texts(_ xpath: String, _ namespaces: [XMLNamespace] = []) throws -> [String] {
        try values(xpath: xpath, namespaces: namespaces).map { String(decoding: $0, as: UTF8.self) }
    }
}

@Suite struct BodyXMLTests {
    private let shop =
        "<shop><book lang=\"en\" id=\"1\">Harry <b>Potter</b></book><!-- c --><book><![CDATA[<x>]]></book></shop>"

    @Test func `gives the text below the root as one value and attributes one by one`() throws {
        let xml = parseXML(shop)
        #expect(xml.error == nil)
        #expect(try xml.texts("/*") == ["Harry Potter<x>"])
        #expect(try xml.texts("//@*") == ["en", "1"])
        #expect(try xml.texts("/shop/book") == ["Harry Potter", "<x>"])
        #expect(try xml.texts("//comment()") == [" c "])
        #expect(try xml.texts("/shop/none") == [])
        #expect(try xml.texts("/") == ["Harry Potter<x>"])
    }

    @Test func `gives the same answer again`() throws {
        let xml = parseXML(shop)
        #expect(try xml.texts("//@*") == xml.texts("//@*"))
    }

    @Test func `selects nothing with expressions that give no nodes`() throws {
        #expect(try parseXML(shop).texts("count(//book)") == [])
        #expect(try parseXML(shop).texts("string(//book)") == [])
    }

    @Test func `knows namespaces only by registered prefixes`() throws {
        let xml = parseXML("<s:e xmlns:s=\"urn:x\"><s:b>1</s:b></s:e>")
        #expect(try xml.texts("//q:b", [XMLNamespace(prefix: "q", uri: "urn:x")]) == ["1"])
        #expect(throws: BodyError.self) { try xml.texts("//q:b") }
        #expect(try xml.texts("//namespace::s") == ["urn:x", "urn:x"])
    }

    @Test(arguments: ["/[", "//", "", "book[", "unknown()"])
    func `throws for a wrong expression`(xpath: String) {
        #expect(throws: BodyError.self) { try parseXML(shop).texts(xpath) }
    }

    @Test func `takes an empty body as nothing`() throws {
        let xml = parseXML("")
        #expect(xml.error == nil)
        #expect(try xml.texts("/*") == [])
    }

    @Test(arguments: [
        "<a>", "<a></b>", "a", "<a b></a>", "<a b=1/>", "<a b='1' b='2'/>", "<a>&undefined;</a>", "<a/><b/>",
        "<a>\u{0}</a>",
        "<", "<a", "<a>&#0;</a>", "<!DOCTYPE a [", " ", "{\"a\":1}",
    ])
    func `refuses what is not well-formed`(text: String) {
        let xml = parseXML(text)
        #expect(xml.error?.message == "XML: Failed parsing document.")
        #expect(xml.error?.detail?.isEmpty == false)
    }

    @Test func `keeps what stands before the error`() throws {
        let xml = parseXML("<a><b>evil</b><c>x</d>")
        #expect(xml.error != nil)
        #expect(try xml.texts("//b") == ["evil"])
    }

    @Test func `reads other encodings as UTF-8`() throws {
        let head = Array("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>".utf8)
        let latin: [UInt8] = head + [0xE9] + Array("</a>".utf8)
        let xml = latin.withUnsafeBufferPointer { XMLBody($0) }
        #expect(try xml.texts("/*") == ["é"])
        let wide: [UInt8] = [0xFF, 0xFE] + Array("<a>é</a>".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(try wide.withUnsafeBufferPointer { XMLBody($0) }.texts("/*") == ["é"])
        let invalid: [UInt8] = Array("<a>".utf8) + [0xE9] + Array("</a>".utf8)
        #expect(invalid.withUnsafeBufferPointer { XMLBody($0) }.error != nil)
    }

    @Test(arguments: ["IBM037", "UTF-7", "ISO-2022-JP", "hz-gb-2312", "cp1047", "unheard-of"])
    func `refuses encodings that hide markup`(name: String) {
        let text = "<?xml version='1.0' encoding='\(name)'?><a/>"
        #expect(parseXML(text).error?.message == "XML: Encoding is not supported.")
        let wide: [UInt8] = [0xFE, 0xFF] + Array(text.utf16).flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        #expect(wide.withUnsafeBufferPointer { XMLBody($0) }.error?.message == "XML: Encoding is not supported.")
        let ebcdic: [UInt8] = [0x4C, 0x6F, 0xA7, 0x94, 0x93]
        #expect(ebcdic.withUnsafeBufferPointer { XMLBody($0) }.error?.message == "XML: Encoding is not supported.")
    }

    @Test(arguments: ["utf-8", "UTF-8", "us-ascii", "ISO-8859-15", "windows-1252", "Shift_JIS", "EUC-JP", "GB18030"])
    func `takes encodings that show markup`(name: String) throws {
        let xml = parseXML("<?xml version=\"1.0\" encoding = \"\(name)\" standalone='yes'?><a>encoding='utf-7'</a>")
        #expect(xml.error == nil)
        #expect(try xml.texts("/*") == ["encoding='utf-7'"])
    }

    // MARK: Entities

    @Test func `shows internal entities in values`() throws {
        let xml = parseXML(
            "<!DOCTYPE author [<!ELEMENT book (#PCDATA)><!ENTITY js \"Jo Smith\"><!ENTITY two \"&js;&js;\">]>"
                + "<shop><book a=\"&js;\"> &js;</book><c>&two;</c></shop>"
        )
        #expect(xml.error == nil)
        #expect(try xml.texts("/shop/book[text()]") == [" Jo Smith"])
        #expect(try xml.texts("//@a") == ["Jo Smith"])
        #expect(try xml.texts("//c") == ["Jo SmithJo Smith"])
    }

    @Test func `does not read files or addresses`() throws {
        for system in ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:1/x"] {
            let xml = parseXML("<!DOCTYPE a [<!ENTITY x SYSTEM \"\(system)\">]><a>[&x;]</a>")
            #expect(try xml.texts("/*") == ["[]"])
            let external = parseXML("<!DOCTYPE a SYSTEM \"\(system)\"><a>1</a>")
            #expect(try external.texts("/*") == ["1"])
            let parameter = parseXML("<!DOCTYPE a [<!ENTITY % p SYSTEM \"\(system)\"> %p;]><a>1</a>")
            #expect(try parameter.texts("/*") == ["1"])
        }
    }

    @Test(.timeLimit(.minutes(1))) func `survives entities that multiply`() throws {
        var text = "<!DOCTYPE a [<!ENTITY e0 \"lol\">"
        for level in 1...20 {
            text += "<!ENTITY e\(level) \"" + String(repeating: "&e\(level - 1);", count: 10) + "\">"
        }
        for use in ["<a>&e20;</a>", "<a b=\"&e20;\"/>"] {
            let xml = parseXML(text + "]>" + use)
            let sum = (try? xml.values(xpath: "//@* | /*"))?.map(\.count).reduce(0, +) ?? 0
            #expect(sum < 2_000_000)
        }
        let large = "<!DOCTYPE a [<!ENTITY e \"" + String(repeating: "x", count: 50_000) + "\">]><a>"
        let quadratic = parseXML(large + String(repeating: "&e;", count: 50_000) + "</a>")
        #expect(throws: BodyError.self) { try quadratic.texts("/*") }
    }

    @Test func `survives entities that name each other`() {
        let xml = parseXML("<!DOCTYPE a [<!ENTITY x \"&y;\"><!ENTITY y \"&x;\">]><a b=\"&x;\">&x;</a>")
        #expect(xml.error != nil)
        _ = try? xml.texts("//@* | /*")
    }

    // MARK: Limits

    @Test func `limits depth and nodes`() throws {
        let deep = String(repeating: "<a>", count: 300) + String(repeating: "</a>", count: 300)
        #expect(parseXML(deep).error != nil)
        let wide = "<a>" + String(repeating: "<b c=\"d\"/>", count: 1000) + "</a>"
        #expect(parseXML(wide, limits: XMLLimits(maxNodes: 2001)).error == nil)
        #expect(parseXML(wide, limits: XMLLimits(maxNodes: 2000)).error?.code == .count)
        for node in ["<!--c-->", "<?p i?>", "<![CDATA[x]]>", "&e;"] {
            let many = "<!DOCTYPE a [<!ENTITY e \"x\">]><a>" + String(repeating: node, count: 200) + "</a>"
            #expect(parseXML(many, limits: XMLLimits(maxNodes: 100)).error?.code == .count)
        }
    }

    @Test func `limits the attributes of one tag`() {
        let tag = "<a" + (0..<1001).map { " a\($0)='x'" }.joined() + "/>"
        #expect(parseXML(tag).error?.code == .count)
        let text = "<a>" + String(repeating: "x='=' ", count: 5000) + "<b c=\"d\"/></a>"
        #expect(parseXML(text, limits: XMLLimits(maxAttributesPerTag: 20_000)).error == nil)
    }

    @Test(.timeLimit(.minutes(1))) func `takes little time for many nodes`() throws {
        let wide = "<a>" + String(repeating: "<b c=\"d\"/>", count: 49_000) + "</a>"
        #expect(try parseXML(wide).values(xpath: "//@*").count == 49_000)
        let deep = String(repeating: "<a>", count: 250) + String(repeating: "<b>x</b>", count: 20_000)
        let xml = parseXML(deep + String(repeating: "</a>", count: 250))
        #expect(xml.error == nil)
        // Each of the 250 levels would repeat the text.
        #expect(throws: BodyError.self) { try xml.values(xpath: "//*") }
    }

    @Test func `survives mutations`() {
        let fragments = [
            "<a>", "</a>", "<a b=\"c\">", "<a>x</a>", "<a b='c'/>",
            "<!DOCTYPE a [<!ENTITY e \"<b>&f;</b>\"><!ENTITY f \"x\">]>", "&e;", "&f;", "&#65;",
            "<![CDATA[", "]]>", "<!--", "-->", "<?xml version=\"1.0\" encoding=\"UTF-16\"?>", "<?p ?>", "\u{FF}\u{FE}",
        ]
        var wellFormed = 0
        for input in bodyMutations(of: fragments, count: 5000, seed: 6) {
            let xml = input.withUnsafeBufferPointer { XMLBody($0) }
            wellFormed += xml.error == nil && !input.isEmpty ? 1 : 0
            _ = try? xml.values(xpath: "/*")
            _ = try? xml.values(xpath: "//@* | //text() | //comment()")
        }
        #expect(wellFormed > 5)
    }

    // MARK: Validation

    private let schema = Array(
        """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
          <xs:element name="order"><xs:complexType><xs:sequence>
            <xs:element name="id" type="xs:integer"/>
          </xs:sequence></xs:complexType></xs:element>
        </xs:schema>
        """.utf8
    )

    @Test func `validates against a schema`() throws {
        let compiled = try XMLSchema(schema, name: "order.xsd")
        #expect(parseXML("<order><id>12</id></order>").violations(of: compiled) == [])
        let wrong = parseXML("<order><name>12</name></order>").violations(of: compiled)
        #expect(wrong.first?.contains("This element is not expected. Expected is ( id )") == true)
        #expect(!parseXML("<order><id>x</id></order>").violations(of: compiled).isEmpty)
        #expect(parseXML("<order><id>12</id>").violations(of: compiled) == ["Content is not well formed."])
    }

    @Test func `says why a schema is unusable`() {
        let broken = #expect(throws: BodyError.self) { try XMLSchema(Array("<xs:chema".utf8), name: "bad.xsd") }
        #expect(
            broken?.message.hasPrefix(
                "XML: Failed to load Schema: bad.xsd. XML Error: Failed to parse the XML resource 'bad.xsd'"
            ) == true
        )
        #expect(throws: BodyError.self) { try XMLSchema(Array("<a/>".utf8), name: "a.xsd") }
        #expect(throws: BodyError.self) { try XMLSchema([], name: "empty.xsd") }
    }

    @Test func `validates against a document type`() throws {
        let type = Array("<!ELEMENT order (id)><!ELEMENT id (#PCDATA)><!ATTLIST id kind CDATA #REQUIRED>".utf8)
        let valid = parseXML("<order><id kind=\"a\">1</id></order>")
        #expect(try valid.violations(ofDocumentType: type, name: "o.dtd") == [])
        #expect(try !parseXML("<order><id>1</id></order>").violations(ofDocumentType: type, name: "o.dtd").isEmpty)
        #expect(try !parseXML("<x/>").violations(ofDocumentType: type, name: "o.dtd").isEmpty)
        let broken = #expect(throws: BodyError.self) {
            try valid.violations(ofDocumentType: Array("<!ELEMENT".utf8), name: "bad.dtd")
        }
        #expect(broken?.message == "XML: Failed to load DTD: bad.dtd")
    }
}
