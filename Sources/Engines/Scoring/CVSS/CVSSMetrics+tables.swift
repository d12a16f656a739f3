// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension CVSSMetrics {
    /// Version 2.0, section 2: abbreviation, name, values. Optional metrics start with "not defined".
    static let text2: StaticString = """
        AV|Access Vector|L=Local|A=Adjacent Network|N=Network
        AC|Access Complexity|H=High|M=Medium|L=Low
        Au|Authentication|M=Multiple|S=Single|N=None
        C|Confidentiality Impact|N=None|P=Partial|C=Complete
        I|Integrity Impact|N=None|P=Partial|C=Complete
        A|Availability Impact|N=None|P=Partial|C=Complete
        E|Exploitability|ND=Not Defined|U=Unproven|POC=Proof-of-Concept|F=Functional|H=High
        RL|Remediation Level|ND=Not Defined|OF=Official Fix|TF=Temporary Fix|W=Workaround|U=Unavailable
        RC|Report Confidence|ND=Not Defined|UC=Unconfirmed|UR=Uncorroborated|C=Confirmed
        CDP|Collateral Damage Potential|ND=Not Defined|N=None|L=Low|LM=Low-Medium|MH=Medium-High|H=High
        TD|Target Distribution|ND=Not Defined|N=None|L=Low|M=Medium|H=High
        CR|Confidentiality Requirement|ND=Not Defined|L=Low|M=Medium|H=High
        IR|Integrity Requirement|ND=Not Defined|L=Low|M=Medium|H=High
        AR|Availability Requirement|ND=Not Defined|L=Low|M=Medium|H=High
        """

    /// Versions 3.0 and 3.1, sections 2 to 4.
    static let text3: StaticString = """
        AV|Attack Vector|N=Network|A=Adjacent|L=Local|P=Physical
        AC|Attack Complexity|L=Low|H=High
        PR|Privileges Required|N=None|L=Low|H=High
        UI|User Interaction|N=None|R=Required
        S|Scope|U=Unchanged|C=Changed
        C|Confidentiality|H=High|L=Low|N=None
        I|Integrity|H=High|L=Low|N=None
        A|Availability|H=High|L=Low|N=None
        E|Exploit Code Maturity|X=Not Defined|U=Unproven|P=Proof-of-Concept|F=Functional|H=High
        RL|Remediation Level|X=Not Defined|O=Official Fix|T=Temporary Fix|W=Workaround|U=Unavailable
        RC|Report Confidence|X=Not Defined|U=Unknown|R=Reasonable|C=Confirmed
        CR|Confidentiality Requirement|X=Not Defined|L=Low|M=Medium|H=High
        IR|Integrity Requirement|X=Not Defined|L=Low|M=Medium|H=High
        AR|Availability Requirement|X=Not Defined|L=Low|M=Medium|H=High
        MAV|Modified Attack Vector|X=Not Defined|N=Network|A=Adjacent|L=Local|P=Physical
        MAC|Modified Attack Complexity|X=Not Defined|L=Low|H=High
        MPR|Modified Privileges Required|X=Not Defined|N=None|L=Low|H=High
        MUI|Modified User Interaction|X=Not Defined|N=None|R=Required
        MS|Modified Scope|X=Not Defined|U=Unchanged|C=Changed
        MC|Modified Confidentiality|X=Not Defined|H=High|L=Low|N=None
        MI|Modified Integrity|X=Not Defined|H=High|L=Low|N=None
        MA|Modified Availability|X=Not Defined|H=High|L=Low|N=None
        """

    /// Version 4.0, sections 2 to 5, in the order of its table of vector strings.
    static let text4: StaticString = """
        AV|Attack Vector|N=Network|A=Adjacent|L=Local|P=Physical
        AC|Attack Complexity|L=Low|H=High
        AT|Attack Requirements|N=None|P=Present
        PR|Privileges Required|N=None|L=Low|H=High
        UI|User Interaction|N=None|P=Passive|A=Active
        VC|Confidentiality Impact on the Vulnerable System|H=High|L=Low|N=None
        VI|Integrity Impact on the Vulnerable System|H=High|L=Low|N=None
        VA|Availability Impact on the Vulnerable System|H=High|L=Low|N=None
        SC|Confidentiality Impact on Subsequent Systems|H=High|L=Low|N=None
        SI|Integrity Impact on Subsequent Systems|H=High|L=Low|N=None
        SA|Availability Impact on Subsequent Systems|H=High|L=Low|N=None
        E|Exploit Maturity|X=Not Defined|A=Attacked|P=Proof-of-Concept|U=Unreported
        CR|Confidentiality Requirement|X=Not Defined|H=High|M=Medium|L=Low
        IR|Integrity Requirement|X=Not Defined|H=High|M=Medium|L=Low
        AR|Availability Requirement|X=Not Defined|H=High|M=Medium|L=Low
        MAV|Modified Attack Vector|X=Not Defined|N=Network|A=Adjacent|L=Local|P=Physical
        MAC|Modified Attack Complexity|X=Not Defined|L=Low|H=High
        MAT|Modified Attack Requirements|X=Not Defined|N=None|P=Present
        MPR|Modified Privileges Required|X=Not Defined|N=None|L=Low|H=High
        MUI|Modified User Interaction|X=Not Defined|N=None|P=Passive|A=Active
        MVC|Modified Confidentiality Impact on the Vulnerable System|X=Not Defined|H=High|L=Low|N=None
        MVI|Modified Integrity Impact on the Vulnerable System|X=Not Defined|H=High|L=Low|N=None
        MVA|Modified Availability Impact on the Vulnerable System|X=Not Defined|H=High|L=Low|N=None
        MSC|Modified Confidentiality Impact on Subsequent Systems|X=Not Defined|H=High|L=Low|N=Negligible
        MSI|Modified Integrity Impact on Subsequent Systems|X=Not Defined|S=Safety|H=High|L=Low|N=Negligible
        MSA|Modified Availability Impact on Subsequent Systems|X=Not Defined|S=Safety|H=High|L=Low|N=Negligible
        S|Safety|X=Not Defined|N=Negligible|P=Present
        AU|Automatable|X=Not Defined|N=No|Y=Yes
        R|Recovery|X=Not Defined|A=Automatic|U=User|I=Irrecoverable
        V|Value Density|X=Not Defined|D=Diffuse|C=Concentrated
        RE|Vulnerability Response Effort|X=Not Defined|L=Low|M=Moderate|H=High
        U|Provider Urgency|X=Not Defined|Clear=Clear|Green=Green|Amber=Amber|Red=Red
        """
}
