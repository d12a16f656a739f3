// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The machine's users and groups, as a capture's user list (version 2).
enum AccountList {
    static func write(into capture: inout CaptureBytes) {
        capture.block(0x220) { block in
            for words in lines("/etc/passwd") where words.count >= 7 {
                guard let user = UInt32(words[2]), let group = UInt32(words[3]) else { continue }
                block.sized { entry in
                    entry.put(UInt8(0))
                    entry.put(user)
                    entry.put(group)
                    for word in [words[0], words[5], words[6]] { entry.put(text: word.utf8, atMost: 255) }
                }
            }
            for words in lines("/etc/group") where words.count >= 3 {
                guard let group = UInt32(words[2]) else { continue }
                block.sized { entry in
                    entry.put(UInt8(1))
                    entry.put(group)
                    entry.put(text: words[0].utf8, atMost: 255)
                }
            }
        }
    }

    private static func lines(_ path: String) -> [[Substring]] {
        String(decoding: ProcessSnapshot.file(path, atMost: 4 << 20) ?? [], as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: ":", omittingEmptySubsequences: false)
        }
    }
}
