// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// The values that a transaction has collected, transformed and scanned for the rules of the running phase.
///
/// Everything lies in flat buffers that are filled front to back: a form of a set is a run of ``ranges`` and
/// ``classes``, its untransformed references the same run of ``references`` further up. An epoch that moves on makes
/// all of it stale at once.
struct PreparedValues: ~Copyable {
    /// A form that was made.
    struct Form: BitwiseCopyable {
        /// The epoch in which it was made.
        var epoch: UInt32 = 0
        /// The form whose values these are: itself, or the one that its steps leave unchanged.
        var source: Int32 = 0
        /// Where its run begins, and how long it is.
        var first: Int32 = 0
        var count: Int32 = 0
        /// Where the run of its references begins.
        var references: Int32 = 0
        /// The classes of bytes that occur in any of the values.
        var classes: ByteClasses = []
        /// All values in one piece, a line feed between two; meaningless before ``hasText``.
        var text = ByteRange.empty
        var hasText = false
        /// The step that was taken from ``source``'s parent, to be found again by another chain.
        var step = Transformation.length
        /// The forms made from this one by one step: the last of them, and of each the one before it; -1 for none.
        var lastChild: Int32 = -1
        var previousSibling: Int32 = -1
    }

    /// Moves on whenever values may have changed.
    private(set) var epoch: UInt32 = 1
    var forms: GrowingBuffer<Form>
    var references: GrowingBuffer<ValueReference>
    var ranges: GrowingBuffer<ByteRange>
    var classes: GrowingBuffer<ByteClasses>
    /// The epoch in which each group of patterns was scanned.
    var scanned: GrowingBuffer<UInt32>
    /// A bit for each pattern of each group: whether it was found.
    var hits: GrowingBuffer<UInt64>

    init(forms: Int, groups: Int, words: Int) {
        self.forms = GrowingBuffer(repeating: Form(), count: forms)
        references = GrowingBuffer(capacity: 512)
        ranges = GrowingBuffer(capacity: 1_024)
        classes = GrowingBuffer(capacity: 1_024)
        scanned = GrowingBuffer(repeating: 0, count: groups)
        hits = GrowingBuffer(repeating: 0, count: words)
    }

    /// Forgets all that was prepared.
    mutating func invalidate() {
        epoch &+= 1
        references.removeAll()
        ranges.removeAll()
        classes.removeAll()
    }

    /// The values that a step makes of a form's, where another chain has already taken it.
    func child(of parent: Int, by step: Transformation) -> Int? {
        var child = forms[parent].lastChild
        while child >= 0 {
            let form = forms[Int(child)]
            if form.step == step {
                return Int(form.source)
            }
            child = form.previousSibling
        }
        return nil
    }

    /// Notes what a step makes of a form's values.
    mutating func add(_ form: Int, to parent: Int, step: Transformation, source: Int) {
        forms[form].epoch = epoch
        forms[form].source = Int32(source)
        forms[form].step = step
        forms[form].previousSibling = forms[parent].lastChild
        forms[parent].lastChild = Int32(form)
    }
}
