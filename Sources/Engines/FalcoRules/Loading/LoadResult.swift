// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What came of loading one file of rules, in the shape of Falco's validation result.
package struct LoadResult: Sendable {
    /// The file's name as it was given.
    package var name: String
    package var errors: [LoadIssue] = []
    package var warnings: [LoadIssue] = []

    package var isSuccessful: Bool { errors.isEmpty }
}

/// An error or a warning.
package struct LoadIssue: Sendable {
    package var code: LoadCode
    package var message: String
    /// From the whole file to the innermost item.
    package var locations: [LoadLocation]
    /// The line it is about, with a caret below the place.
    package var snippet: String
}

/// An item of a rules file and where it stands.
package struct LoadLocation: Sendable, Equatable {
    package var type: LoadItemType
    /// Empty where the item has no name.
    package var name: String
    /// The file's name, or the beginning of a condition in quotes where the place is one in a condition.
    package var source: String
    /// From 0, as all three.
    package var line: Int
    package var column: Int
    package var offset: Int
}

package enum LoadItemType: String, Sendable {
    case valueFor = "value for"
    case exceptions
    case exception
    case exceptionValues = "exception values"
    case exceptionValue = "exception value"
    case content = "rules content"
    case contentItem = "rules content item"
    case requiredEngineVersion = "required_engine_version"
    case requiredPluginVersions = "required plugin versions"
    case requiredPluginVersionsEntry = "required plugin versions entry"
    case requiredPluginVersionsAlternative = "required plugin versions alternative"
    case list
    case listItem = "list item"
    case macro
    case macroCondition = "macro condition"
    case rule
    case ruleCondition = "rule condition"
    case conditionExpression = "condition expression"
    case ruleOutput = "rule output"
    case ruleOutputExpression = "rule output expression"
    case rulePriority = "rule priority"
    case overrides
    case extensionItem = "extension item"
}

/// Falco's codes of errors and warnings of its loader.
package enum LoadCode: String, Sendable, CaseIterable {
    case fileRead = "LOAD_ERR_FILE_READ"
    case yamlParse = "LOAD_ERR_YAML_PARSE"
    case yamlValidate = "LOAD_ERR_YAML_VALIDATE"
    case compileCondition = "LOAD_ERR_COMPILE_CONDITION"
    case compileOutput = "LOAD_ERR_COMPILE_OUTPUT"
    case validate = "LOAD_ERR_VALIDATE"
    case extensionError = "LOAD_ERR_EXTENSION"

    case unknownSource = "LOAD_UNKNOWN_SOURCE"
    case unsafeNACheck = "LOAD_UNSAFE_NA_CHECK"
    case noEventType = "LOAD_NO_EVTTYPE"
    case unknownFilter = "LOAD_UNKNOWN_FILTER"
    case unusedMacro = "LOAD_UNUSED_MACRO"
    case unusedList = "LOAD_UNUSED_LIST"
    case unknownItem = "LOAD_UNKNOWN_ITEM"
    case deprecatedItem = "LOAD_DEPRECATED_ITEM"
    case extensionWarning = "LOAD_WARNING_EXTENSION"
    case appendNoValues = "LOAD_APPEND_NO_VALUES"
    case exceptionNameNotUnique = "LOAD_EXCEPTION_NAME_NOT_UNIQUE"
    case invalidMacroName = "LOAD_INVALID_MACRO_NAME"
    case invalidListName = "LOAD_INVALID_LIST_NAME"
    case conditionWarning = "LOAD_COMPILE_CONDITION"
    case unknownKey = "LOAD_UNKNOWN_KEY"

    /// What the code means, in Falco's `codedesc`.
    package var meaning: String {
        switch self {
        case .fileRead: "File read error"
        case .yamlParse: "YAML parse error"
        case .yamlValidate: "Error validating internal structure of YAML file"
        case .compileCondition: "Error compiling condition"
        case .compileOutput: "Error compiling output"
        case .validate: "Error validating rule/macro/list/exception objects"
        case .extensionError: "Error in extension item"
        case .unknownSource: "Unknown event source"
        case .unsafeNACheck: "Unsafe <NA> comparison in condition"
        case .noEventType: "Condition has no event-type restriction"
        case .unknownFilter: "Unknown field or event-type in condition or output"
        case .unusedMacro: "Unused macro"
        case .unusedList: "Unused list"
        case .unknownItem: "Unknown rules file item"
        case .deprecatedItem: "Used deprecated item"
        case .extensionWarning: "Warning in extension item"
        case .appendNoValues: "Overriding/appending with no values"
        case .exceptionNameNotUnique: "Multiple exceptions defined with the same name"
        case .invalidMacroName: "Invalid macro name"
        case .invalidListName: "Invalid list name"
        case .conditionWarning: "Warning in rule condition"
        case .unknownKey: "Unknown key in item definition"
        }
    }
}

/// What stops the loading of a file.
struct LoadError: Error {
    var code: LoadCode
    var message: String
    var context: LoadContext

    init(_ code: LoadCode, _ message: String, _ context: LoadContext) {
        self.code = code
        self.message = message
        self.context = context
    }
}
