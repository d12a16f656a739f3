// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// `cmdLine`: undoes what shells ignore, so that `C^OMMAND /C  "DIR"` reads `command/c dir`.
enum CommandLineNormalization {
    static func apply(_ input: UnsafeBufferPointer<UInt8>, into sink: inout ByteSink) {
        var endsInSpace = false
        for byte in input {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"), ASCII.backslash, UInt8(ascii: "^"):
                continue
            case ASCII.space, UInt8(ascii: ","), UInt8(ascii: ";"), 0x09, 0x0A, 0x0D:
                if !endsInSpace {
                    sink.append(ASCII.space)
                    endsInSpace = true
                }
            case ASCII.slash, UInt8(ascii: "("):
                if endsInSpace {
                    sink.count -= 1
                    endsInSpace = false
                }
                sink.append(byte)
            default:
                sink.append(ASCII.lowercased(byte))
                endsInSpace = false
            }
        }
    }
}
