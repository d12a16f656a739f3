// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The scores of the macrovectors of version 4.0: 270 of 324 exist (FIRST's lookup table of section 8).
enum CVSS4MacroVectors {
    /// Tenths in two digits each, with ":0" for 100 and "--" where equivalence class 3 is 2 and class 6 is 0, which
    /// exclude each other.
    ///
    /// A line is one pair of classes 1 and 2; in it classes 3, 4, 5 and 6 count up, the last fastest.
    private static let text: StaticString = """
        :09998959592:09693879181939089808168989595929084939289818165888078706948--92--82--72--79--69--50--69--55--27
        999795929285959190838471928182717253959392858573928280727059847071525030--86--75--52--71--52--29--63--29--17
        989594879181948986747764877574636349948988777667867674585950725757525225--83--70--54--65--58--26--53--21--13
        959088767670907775626153776668595230897876676258745957574723615257292416--71--59--30--58--26--15--23--13--06
        938786727558867474615634705452404022857574556251725755414619533634191908--64--51--20--47--21--11--24--09--04
        887573536050735559404120544345222011755558454021615148182009461817070802--53--24--14--24--12--05--10--03--01
        """

    /// The score of a macrovector in tenths; nil for one that does not exist.
    ///
    /// - Parameters:
    ///   - first: equivalence class 1, and so on; what is beyond a class's last level does not exist.
    static func tenths(_ first: Int, _ second: Int, _ third: Int, _ fourth: Int, _ fifth: Int, _ sixth: Int) -> Int? {
        guard first < 3, second < 2, third < 3, fourth < 3, fifth < 3, sixth < 2 else { return nil }
        // A line is 54 entries of two bytes and a line feed.
        let line = first * 2 + second
        let column = ((third * 3 + fourth) * 3 + fifth) * 2 + sixth
        let offset = line * 109 + column * 2
        let tens = text.utf8Start[offset]
        guard tens != UInt8(ascii: "-") else { return nil }
        return (Int(tens) - 48) * 10 + Int(text.utf8Start[offset + 1]) - 48
    }
}
