// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
// Written by script/generate-injection-tables; don't edit.

/// The names that libinjection 3.9.2 takes for cross-site scripting.
enum HTMLNameData {
    /// Elements, by their whole name.
    static let tags: StaticString = #"""
        APPLET BASE COMMENT EMBED FRAME FRAMESET HANDLER IFRAME IMPORT ISINDEX LINK LISTENER META NOSCRIPT OBJECT SCRIPT
        STYLE VMLFRAME XML XSS
        """#

    /// Beginnings of elements' names.
    static let tagPrefixes: StaticString = #"""
        SVG XSL
        """#

    /// Attributes, by their whole name behind a kind: "!" any value, "u" a URL, "i" an attribute's name.
    static let attributes: StaticString = #"""
        !DATAFORMATAS !DATASRC !FILTER !STYLE iATTRIBUTENAME uACTION uBACKGROUND uBY uDYNSRC uFOLDER uFORMACTION uFROM
        uHANDLER uHREF uLOWSRC uPOSTER uSRC uTO uVALUES
        """#

    /// Beginnings of attributes' names.
    static let attributePrefixes: StaticString = #"""
        ON XLINK XMLNS
        """#

    /// Beginnings of URLs.
    static let schemes: StaticString = #"""
        DATA JAVA VBSCRIPT VIEW-SOURCE
        """#
}
