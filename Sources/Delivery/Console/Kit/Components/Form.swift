// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A form that changes something. What it posts is answered by a redirect.
struct Form {
    /// One thing to fill in.
    struct Field {
        enum Kind {
            case text, password, number, area, date
            case choice([(value: String, text: String)])
        }

        var key: String
        var label: String
        var kind = Kind.text
        var value = ""
        var note: String?
        var isRequired = false
        var isFull = false
        var length = 256
        var autocomplete: String?

        init(
            _ key: String,
            _ label: String,
            _ kind: Kind = .text,
            value: String = "",
            note: String? = nil,
            required: Bool = false,
            full: Bool = false,
            length: Int = 256,
            autocomplete: String? = nil
        ) {
            self.key = key
            self.label = label
            self.kind = kind
            self.value = value
            self.note = note
            isRequired = required
            isFull = full
            self.length = length
            self.autocomplete = autocomplete
        }
    }

    var action: String
    var fields: [Field]
    var hidden: [(String, String)] = []
    var button: String
    /// A question before it is sent, where scripts run.
    var confirm: String?
    var style: String?
    var hint: String?
    /// Tells the forms of a page apart in identifiers.
    var name = ""

    init(
        _ action: String,
        _ fields: [Field] = [],
        hidden: [(String, String)] = [],
        button: String,
        confirm: String? = nil,
        style: String? = nil,
        hint: String? = nil,
        name: String = ""
    ) {
        self.action = action
        self.fields = fields
        self.hidden = hidden
        self.button = button
        self.confirm = confirm
        self.style = style
        self.hint = hint
        self.name = name
    }

    /// - Parameter token: proves that the form was made by this console.
    func html(_ token: FormToken) -> HTML {
        var content: Templates.Fields = [
            "action": action, "button": button, "token": token.field.markup,
            "hidden": hidden.map { ["key": $0.0, "value": $0.1] },
            "fields": fields.map { $0.html(prefix: name) }.joined().markup,
        ]
        if let confirm { content["confirm"] = confirm }
        if let style { content["style"] = style }
        if let hint { content["hint"] = hint }
        return Templates.shared.render("form", content)
    }

    /// A form of nothing but its button, for a row of a table.
    func buttonHTML(_ token: FormToken, label: String) -> HTML {
        let hidden = self.hidden.map { key, value -> HTML in
            "<input type=\"hidden\" name=\"\(key)\" value=\"\(value)\">"
        }
        let question: HTML = confirm.map { " data-confirm=\"\($0)\"" } ?? .empty
        return """
            <form method="post" action="\(action)"\(question)>\(token.field)\(hidden.joined())\
            <button type="submit" class="\(style ?? "link")" aria-label="\(label)">\(button)</button></form>
            """
    }

    /// Filters above a list.
    static func bar(_ action: String, _ fields: [Field], name: String, isSet: Bool) -> HTML {
        var content: Templates.Fields = [
            "action": action, "fields": fields.map { $0.html(prefix: "filter") }.joined().markup, "name": name,
        ]
        if isSet { content["reset"] = action }
        return Templates.shared.render("bar", content)
    }
}

extension Form.Field {
    func html(prefix: String) -> HTML {
        var fields: Templates.Fields = [
            "id": prefix.isEmpty ? "field-\(key)" : "\(prefix)-\(key)", "key": key, "label": label, "value": value,
            "length": length, "required": isRequired, "isFull": isFull,
        ]
        if let note { fields["note"] = note }
        if let autocomplete { fields["autocomplete"] = autocomplete }
        switch kind {
        case .area: fields["isArea"] = true
        case .choice(let choices):
            fields["isSelect"] = true
            fields["options"] = choices.map { choice -> Templates.Fields in
                ["option": choice.value, "text": choice.text, "chosen": choice.value == value]
            }
        case .text: set("text", &fields)
        case .password: set("password", &fields)
        case .number: set("number", &fields)
        case .date: set("datetime-local", &fields)
        }
        return Templates.shared.render("field", fields)
    }

    private func set(_ type: String, _ fields: inout Templates.Fields) {
        fields["isInput"] = true
        fields["type"] = type
    }
}

/// What a form carries to prove that a page of this console made it.
struct FormToken: Sendable, Hashable {
    /// Empty where no cookie signs anybody in.
    var text: String

    static let name = "_token"

    var field: HTML {
        text.isEmpty ? .empty : "<input type=\"hidden\" name=\"\(Self.name)\" value=\"\(text)\">"
    }
}
