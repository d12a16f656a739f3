// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Testing

@testable import ReportFormats

/// What the reader of XML makes of a document.
struct XMLElementTests {
    private func element(_ text: [UInt8], pieceLength: Int = .max) throws -> XMLElement {
        let reader = try XMLPullReader(ArraySource(text, pieceLength: pieceLength))
        #expect(try reader.nextElement())
        let element = try reader.readElement()
        #expect(try !reader.nextElement())
        return element
    }

    @Test func `texts, attributes and children are as they stand`() throws {
        let text = """
            <?xml version="1.0"?>
            <a one="1 &amp; &lt;2&gt; &quot;&#38;amp;" x:two='zwei' xmlns:x="urn:x">
              <b> first <!-- no text -->text &amp; &#65;&#x42;</b>
              <b><![CDATA[ <raw> & ]]></b>
              <c/>
              <x:d>in a space</x:d>
              tail
            </a>
            """
        let element = try element(Array(text.utf8))
        #expect(element.name == "a")
        #expect(element.line == 2)
        #expect(element[attribute: "one"] == "1 & <2> \"&amp;")
        #expect(element[attribute: "two"] == "zwei")
        #expect(element[attribute: "three"] == nil)
        #expect(element.children.map(\.name) == ["b", "b", "c", "d"])
        #expect(element.children.map(\.line) == [3, 4, 5, 6])
        #expect(element.all("b").map(\.ownText) == ["first text & AB", "<raw> &"])
        #expect(element.text("b") == "first text & AB")
        #expect(element["c"]?.ownText == nil)
        #expect(element["c"]?.text == "")
        #expect(element.text("d") == "in a space")
        #expect(element.ownText == "tail")
        #expect(element["e"] == nil)
    }

    @Test func `encodings come out as UTF-8`() throws {
        let latin = Array("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>caf".utf8) + [0xE9] + Array("</a>".utf8)
        #expect(try element(latin).text == "café")
        let wide: [UInt8] = [0xFF, 0xFE] + "<a>café</a>".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(try element(wide).text == "café")
        #expect(try element([0xEF, 0xBB, 0xBF] + Array("<a>café</a>".utf8)).text == "café")
    }

    @Test(arguments: [1, 7, 4096, .max])
    func `elements across pieces are whole, and stay good when the reader goes on`(pieceLength: Int) throws {
        let count = 3000
        let items = (0..<count).map { index in
            "<item id=\"\(index)\"><name>number \(index) &amp; more</name>\n<long>\(String(repeating: "x", count: index % 300))"
                + "</long></item>\n"
        }
        let reader = try XMLPullReader(
            ArraySource(Array("<list>\n\(items.joined())</list>".utf8), pieceLength: pieceLength)
        )
        for _ in 0..<2 {
            try reader.rewind()
            var kept: [XMLElement] = []
            var depths: Set<Int> = []
            try reader.forEachElement { name in
                guard name == "item" else { return }
                depths.insert(reader.depth)
                #expect(reader.attribute("id") == String(kept.count))
                kept.append(try reader.readElement())
            }
            #expect(depths == [1])
            #expect(kept.count == count)
            for (index, element) in kept.enumerated() {
                #expect(element[attribute: "id"] == String(index))
                #expect(element.text("name") == "number \(index) & more")
                #expect(element["long"]?.text.utf8.count == index % 300)
                #expect(element.line == 2 + 2 * index)
            }
        }
    }

    @Test func `an element that is too long, or too deep, is refused`() throws {
        let long = Array("<a><b>".utf8) + [UInt8](repeating: 0x78, count: 26 << 20) + Array("</b></a>".utf8)
        let reader = try XMLPullReader(ArraySource(long))
        #expect(try reader.nextElement())
        #expect(throws: ReportError.self) { try reader.readElement() }
        let deep = String(repeating: "<a>", count: 400) + String(repeating: "</a>", count: 400)
        #expect(throws: ReportError.self) { try element(Array(deep.utf8)) }
    }

    @Test func `what stands before an error is read, then the error with its line comes`() throws {
        let reader = try XMLPullReader(ArraySource(Array("<a>\n<b/>\n<c></b>\n</a>".utf8)))
        var names: [String] = []
        let error = #expect(throws: ReportError.self) {
            try reader.forEachElement { names.append($0) }
        }
        #expect(names == ["a", "b", "c"])
        #expect(error?.place?.line == 3)
    }
}

/// Small readings of texts.
struct TextReadingTests {
    @Test func `severities, weaknesses and name spaces are known whatever their case`() {
        #expect(ReportedSeverity(word: "HiGh") == .high)
        #expect(ReportedSeverity(word: "False Positive") == .info)
        #expect(ReportedSeverity(word: "very high") == .critical)
        #expect(ReportedSeverity(word: "a word of more than sixteen bytes") == .unknown)
        #expect(FindingIdentifier.cwe("external/cwe/cwe-079")?.value == "CWE-79")
        #expect(FindingIdentifier.cwe("CWE 89: SQL")?.value == "CWE-89")
        #expect(FindingIdentifier.cwe("99999")?.value == "CWE-99999")
        #expect(FindingIdentifier.cwe("none") == nil)
        #expect(
            FindingIdentifier.vulnerability("cve-2021-1", otherwise: "x") == .init(type: "cve", value: "CVE-2021-1")
        )
        #expect(FindingIdentifier.vulnerability("GHSA-a-b-c", otherwise: "x").type == "ghsa")
        #expect(FindingIdentifier.vulnerability("ELSEWHERE-1", otherwise: "x").type == "x")
    }

    @Test func `parts between separators come without white space and empty ones`() {
        #expect(" a, b;;c\n,".parts(separatedBy: [",", ";"]) == ["a", "b", "c"])
        #expect("".parts(separatedBy: [","]) == [])
        #expect(" one ".parts(separatedBy: [","]) == ["one"])
    }

    @Test func `package URLs are taken apart`() {
        let parts = PackageURLParts("pkg:maven/org.example/core%20x@1.0%2B1?type=jar#a/b")
        #expect(parts?.type == "maven")
        #expect(parts?.name == "org.example:core x")
        #expect(parts?.version == "1.0+1")
        #expect(PackageURLParts("pkg:npm/%40babel/core")?.name == "@babel/core")
        #expect(PackageURLParts("pkg:npm/core@")?.version == nil)
        #expect(PackageURLParts("pkg:npm") == nil)
        #expect(PackageURLParts("pkg:npm/") == nil)
        #expect(PackageURLParts("npm/core") == nil)
    }
}
