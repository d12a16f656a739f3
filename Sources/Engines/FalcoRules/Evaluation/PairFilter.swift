// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Tells of most texts that none of some literals is in them, at a fraction of what the search costs.
///
/// Of every literal the pair of neighbouring bytes that is rarest in ordinary paths and command lines is kept, hashed
/// to a bit. A text without any of these pairs holds none of the literals.
struct PairFilter: Sendable, BitwiseCopyable {
    private static let bitCount = 4096
    private let bits: PlainTable<UInt64>
    /// Where too many pairs are set, or a literal has none, there is nothing to gain.
    private let isUseful: Bool
    /// Bits that are set in both bytes before they are looked up, so that upper and lower case are one.
    private let fold: UInt16

    init(_ style: ByteAutomaton.Style, _ literals: [[UInt8]]) {
        fold = style == .containsCaseless ? 0x2020 : 0
        var bits = [UInt64](repeating: 0, count: Self.bitCount / 64)
        var count = 0
        var hasPairs = style == .contains || style == .containsCaseless
        for literal in literals {
            guard literal.count > 1 else {
                hasPairs = false
                break
            }
            let pairs = (1..<literal.count).map { UInt16(literal[$0 - 1]) | UInt16(literal[$0]) << 8 }
            let rarest = pairs.min { Self.frequency($0) < Self.frequency($1) } ?? pairs[0]
            let place = Self.place(rarest | fold)
            if bits[place >> 6] >> UInt64(place & 63) & 1 == 0 {
                bits[place >> 6] |= 1 << UInt64(place & 63)
                count += 1
            }
        }
        isUseful = hasPairs && count <= Self.bitCount / 32
        self.bits = PlainTable(bits)
    }

    func deallocate() {
        bits.deallocate()
    }

    /// False where no literal can be in the text.
    @inline(__always)
    func mayMatch(_ text: UnsafeRawBufferPointer) -> Bool {
        guard isUseful else { return true }
        var index = 0
        let end = text.count &- 1
        while index < end {
            let place = Self.place(
                UInt16(littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt16.self)) | fold
            )
            if bits.start[place >> 6] >> UInt64(place & 63) & 1 != 0 {
                return true
            }
            index &+= 1
        }
        return false
    }

    /// The top 12 of 16 bits of a product.
    @inline(__always)
    private static func place(_ pair: UInt16) -> Int {
        Int((pair &* 0x9E37) >> 4)
    }

    // MARK: What is ordinary

    private static let sample: StaticString = """
        /usr/lib/x86_64-linux-gnu/libc.so.6 /usr/share/locale/en/LC_MESSAGES/coreutils.mo /etc/ld.so.cache /proc/self/status \
        /proc/1234/cmdline /sys/fs/cgroup/memory/system.slice/docker.service /var/lib/postgresql/15/main/base/16384/2619 \
        /var/log/nginx/access.log /srv/shop/node_modules/express/lib/router/index.js /tmp/file-1.txt /dev/null \
        /opt/app/bin/python3.11/site-packages/requests/__init__.py /root/.cache/pip /run/systemd/journal/socket \
        /usr/bin/python3 -m http.server --port 8080 --config=/etc/app/config.yaml /bin/sh -c ls -la java -jar server.jar \
        nginx: worker process sleep 10 cat grep -r --include main.go build/release/target/debug O_RDONLY|O_CLOEXEC
        """

    private static let frequencies: [UInt16: Int] = {
        let text = UnsafeBufferPointer(start: sample.utf8Start, count: sample.utf8CodeUnitCount)
        var frequencies: [UInt16: Int] = [:]
        for index in 1..<text.count {
            frequencies[UInt16(text[index - 1]) | UInt16(text[index]) << 8, default: 0] += 1
        }
        return frequencies
    }()

    /// How common a pair is: by the sample, and letters being more common than all else.
    private static func frequency(_ pair: UInt16) -> Int {
        let letters = [UInt8(truncatingIfNeeded: pair), UInt8(pair >> 8)].count {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        }
        return frequencies[pair, default: 0] * 4 + letters
    }
}
