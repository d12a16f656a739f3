// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Folds the tokens of an input to at most five by dropping and joining what doesn't change the meaning.
///
/// Tokens before `left` are settled. Each round reads until two or three tokens are open, tries the rules for two
/// and then those for three, and settles one more token where none holds. Every round takes a token from the input,
/// drops one or settles one, so the work is linear in the input's length.
struct SQLFolding: ~Copyable {
    var tokenizer: SQLTokenizer
    let window: SQLTokenWindow
    /// How many tokens are in the window.
    var count = 0
    /// How many tokens at the window's beginning are settled.
    var left = 0
    private var hasMore = true
    /// The comment behind the last token, or no token.
    private var trailingComment = SQLToken()

    /// What a rule for two tokens did.
    enum PairResult {
        /// Nothing; the rules for three tokens come next.
        case unchanged
        /// It changed the window; the rules begin anew.
        case folded
        /// It found what no rule can fold; the tokens up to the pair are the result.
        case finished
    }

    init(_ tokenizer: consuming SQLTokenizer, window: SQLTokenWindow) {
        self.tokenizer = tokenizer
        self.window = window
    }

    /// Reads and folds the whole input.
    ///
    /// - Returns: how many tokens at the window's beginning are the result: five at most, six where the last one is
    ///   ``SQLTokenType/evil``.
    mutating func run() -> Int {
        let longest = SQLTokenWindow.longestFingerprint
        guard skipLeadIn() else { return 0 }
        while true {
            if count >= longest {
                dropFullWindow()
            }
            if !hasMore || left >= longest {
                left = count
                break
            }
            read(open: 2)
            guard count - left >= 2 else {
                left = count
                continue
            }
            switch foldPair() {
            case .folded: continue
            case .finished: return left + 2
            case .unchanged: break
            }
            read(open: 3)
            guard count - left >= 3 else {
                left = count
                continue
            }
            if !foldTriple() {
                left += 1
            }
        }
        if left < longest, trailingComment.type == .comment {
            window[left] = trailingComment
            left += 1
        }
        return min(left, longest)
    }

    /// Drops comments, left parentheses, types and unary operators before the first other token.
    private mutating func skipLeadIn() -> Bool {
        while true {
            let token = tokenizer.next()
            window[0] = token
            switch token.type {
            case .none:
                hasMore = false
                return false
            case .comment, .leftParenthesis, .sqlType:
                continue
            case .operator where window.isUnary(0):
                continue
            default:
                count = 1
                return true
            }
        }
    }

    /// Reads until so many tokens are open; comments are left out but the last one is kept in mind.
    @inline(__always)
    private mutating func read(open: Int) {
        while hasMore, count < SQLTokenWindow.capacity, count - left < open {
            let token = tokenizer.next()
            switch token.type {
            case .none:
                hasMore = false
            case .comment:
                trailingComment = token
            default:
                trailingComment.type = .none
                window[count] = token
                count += 1
            }
        }
    }

    /// Drops five tokens that say as much as their first one: `1+(1)`, `n+(n)`, `1),(1`, `n)+(n`.
    private mutating func dropFullWindow() {
        let types = (window.type(0), window.type(1), window.type(2), window.type(3), window.type(4))
        switch types {
        case (.number, .operator, .leftParenthesis, .number, .rightParenthesis),
            (.number, .comma, .leftParenthesis, .number, .rightParenthesis),
            (.bareword, .operator, .leftParenthesis, .bareword, .rightParenthesis),
            (.bareword, .operator, .leftParenthesis, .number, .rightParenthesis),
            (.number, .rightParenthesis, .comma, .leftParenthesis, .number),
            (.bareword, .rightParenthesis, .operator, .leftParenthesis, .bareword):
            break
        default:
            return
        }
        if count > SQLTokenWindow.longestFingerprint {
            window.copy(from: SQLTokenWindow.longestFingerprint, to: 1)
            count = 2
            left = 1
        } else {
            count = 1
            left = 0
        }
    }
}
