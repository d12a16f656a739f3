// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
//
// The three tables are those of CERT/CC's SSVC in a form of our own: Copyright 2026 Carnegie Mellon University, under a
// MIT (SEI)-style license; see NOTICE.

extension DecisionTable {
    /// When to apply a patch, for who runs the software.
    static let deployerText: StaticString = """
        Exploitation v1.1.0|n=none|p=public poc|a=active
        System Exposure v1.0.1|s=small|c=controlled|o=open
        Automatable v2.0.0|n=no|y=yes
        Human Impact v2.0.2|l=low|m=medium|h=high|v=very high
        Defer, Scheduled, Out-of-Cycle, Immediate v1.0.0|d=defer|s=scheduled|o=out-of-cycle|i=immediate
        ---
        nsnld nsnmd nsnhs nsnvs nsyld nsyms nsyhs nsyvs ncnld ncnms ncnhs ncnvs ncyls ncyms ncyhs ncyvs
        nonld nonms nonhs nonvs noyls noyms noyhs noyvo psnld psnms psnhs psnvs psyls psyms psyhs psyvs
        pcnld pcnms pcnhs pcnvs pcyls pcyms pcyhs pcyvo ponls ponms ponhs ponvo poyls poyms poyho poyvo
        asnls asnms asnho asnvo asyls asymo asyho asyvo acnls acnms acnho acnvo acylo acymo acyho acyvo
        aonls aonmo aonho aonvi aoylo aoymo aoyhi aoyvi
        """

    /// When to develop a patch, for who makes the software.
    static let supplierText: StaticString = """
        Exploitation v1.1.0|n=none|p=public poc|a=active
        Utility v1.0.1|l=laborious|e=efficient|s=super effective
        Technical Impact v1.0.0|p=partial|t=total
        Public Safety Impact v2.0.1|m=minimal|s=significant
        Defer, Scheduled, Out-of-Cycle, Immediate v1.0.0|d=defer|s=scheduled|o=out-of-cycle|i=immediate
        ---
        nlpmd nlpss nltms nltso nepms nepso netms netso nspms nspso nstmo nstso plpms plpso pltms pltsi
        pepms pepsi petmo petsi pspmo pspsi pstmo pstsi alpmo alpsi altmo altsi aepmo aepsi aetmo aetsi
        aspmi aspsi astmi astsi
        """

    /// How CISA ranks vulnerabilities, from "track" to "act".
    static let cisaCoordinatorText: StaticString = """
        Exploitation v1.1.0|n=none|p=public poc|a=active
        Automatable v2.0.0|n=no|y=yes
        Technical Impact v1.0.0|p=partial|t=total
        Mission and Well-Being Impact v1.0.0|l=low|m=medium|h=high
        CISA Levels v1.1.0 (cisa)|t=track|r=track*|a=attend|c=act
        ---
        nnplt nnpmt nnpht nntlt nntmt nnthr nyplt nypmt nypha nytlt nytmt nytha pnplt pnpmt pnphr pntlt
        pntmr pntha pyplt pypmt pypha pytlt pytmr pytha anplt anpmt anpha antlt antma anthc aypla aypma
        ayphc aytla aytmc aythc
        """
}
