// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// The validation result as JSON, with the keys that Falco writes.
extension LoadResult {
    /// `{"falco_load_results":[...]}`, one result for each file.
    package static func json(_ results: [LoadResult]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("falco_load_results")
        writer.beginArray()
        for result in results {
            result.write(to: &writer)
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("name")
        writer.string(name)
        writer.key("successful")
        writer.bool(isSuccessful)
        for (key, issues) in [("errors", errors), ("warnings", warnings)] {
            writer.key(key)
            writer.beginArray()
            for issue in issues {
                issue.write(to: &writer)
            }
            writer.endArray()
        }
        writer.endObject()
    }
}

extension LoadIssue {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("code")
        writer.string(code.rawValue)
        writer.key("codedesc")
        writer.string(code.meaning)
        writer.key("message")
        writer.string(message)
        writer.key("context")
        writer.beginObject()
        writer.key("locations")
        writer.beginArray()
        for location in locations {
            location.write(to: &writer)
        }
        writer.endArray()
        writer.key("snippet")
        writer.string(snippet)
        writer.endObject()
        writer.endObject()
    }
}

extension LoadLocation {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("item_type")
        writer.string(type.rawValue)
        writer.key("item_name")
        writer.string(name)
        writer.key("position")
        writer.beginObject()
        writer.key("name")
        writer.string(source)
        writer.key("line")
        writer.number(line)
        writer.key("column")
        writer.number(column)
        writer.key("offset")
        writer.number(offset)
        writer.endObject()
        writer.endObject()
    }
}
