// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CSensor

/// What the sensor does about each system call: its number, what the kernel's program reads of it, and which event of a
/// capture it becomes.
///
/// A line has the name, the numbers on x86-64 and arm64 (`-` where there is none), what is read, the event's type, and a word
/// for each of its parameters: `r` the result, `aN:S` an argument in S bytes, `dN` a folder's descriptor, `pN` a text, `oN`
/// flags of open, `cN` flags of clone, `hN` a member of struct open_how, `qN` one of two descriptors, `T` the two ends of a
/// socket, `A` an address, `K` capabilities, `zS` zero, `e` nothing. `+data` is the lane that is lost first.
package struct SystemCallTable: Sendable {
    static let text: StaticString = """
        open 2 - path0+data 3 r p0 o1 a2:4 z4 z8
        close 3 57 raw+data 5 r a0:8
        pipe 22 - pair 61 r q0 q1 z8
        dup 32 23 descriptor 367 r a0:8
        dup2 33 - descriptor 363 r a0:8 a1:8
        socket 41 198 raw 19 r a0:4 a1:4 a2:4
        connect 42 203 address 23 r T a0:8 A
        accept 43 202 accept 247 r T z1 z4 z4
        sendto 44 206 sendto+data 31 r e a0:8 a2:4 T
        sendmsg 46 211 message+data 49 r e a0:8 z4 T
        bind 49 200 address 21 r A a0:8
        listen 50 201 descriptor 25 r a0:8 a1:4
        socketpair 53 199 pair 43 r q0 q1 z8 z8 a0:4 a1:4 a2:4
        execve 59 221 exec 293
        kill 62 129 raw 129 r a0:8 a1:1
        chdir 80 49 path0 95 r p0
        fchdir 81 50 raw 97 r a0:8
        rename 82 - paths01 175 r p0 p1
        mkdir 83 - path0 277 r p0 a1:4
        rmdir 84 - path0 279 r p0
        creat 85 - path0+data 59 r p0 a1:4 z4 z8 z2
        link 86 - paths01 309 r p0 p1
        unlink 87 - path0 301 r p0
        symlink 88 - paths01 179 r p0 p1
        chmod 90 - path0 315 r p0 a1:4
        fchmod 91 52 raw 317 r a0:8 a1:4
        chown 92 - path0 379 r p0 a1:4 a2:4
        fchown 93 55 raw 383 r a0:8 a1:4 a2:4
        lchown 94 - path0 381 r p0 a1:4 a2:4
        ptrace 101 117 raw 169 r e e t0 a1:8
        setuid 105 146 raw 199 r a0:4
        setgid 106 144 raw 201 r a0:4
        setpgid 109 154 raw 295 r a0:8 a1:8
        setsid 112 157 raw 275 r
        setreuid 113 145 raw 427 r a0:4 a1:4
        setregid 114 143 raw 429 r a0:4 a1:4
        setresuid 117 147 raw 193 r a0:4 a1:4 a2:4
        setresgid 119 149 raw 195 r a0:4 a1:4 a2:4
        capset 126 91 capabilities 353 r K0 K1 K2
        mknod 133 - path0 415 r p0 a1:4 a2:4
        prctl 157 167 raw 401 r a0:4 e a1:8
        chroot 161 51 path0 267 r p0
        mount 165 40 mount 257 r p0 p1 p2 a3:4
        umount2 166 39 path0 391 r p0 a1:4
        init_module 175 105 raw 411 r e a1:8 e
        delete_module 176 106 path0 425 r p0 a1:4
        tkill 200 130 raw 131 r a0:8 a1:1
        tgkill 234 131 raw 133 r a0:8 a1:8 a2:1
        openat 257 56 path1+data 307 r d0 p0 o2 a3:4 z4 z8
        mkdirat 258 34 path1 305 r d0 p0 a2:4
        mknodat 259 33 path1 417 r d0 p0 a2:4 a3:4
        fchownat 260 54 path1 385 r d0 p0 a2:4 a3:4 a4:4
        unlinkat 263 35 path1 303 r d0 p0 a2:4
        renameat 264 38 paths13 177 r d0 p0 d2 p1
        linkat 265 37 paths13 311 r d0 p0 d2 p1 a4:4
        symlinkat 266 36 paths02 181 r p0 d1 p1
        fchmodat 268 53 path1 313 r d0 p0 a2:4
        unshare 272 97 raw 285 r c0
        accept4 288 242 accept 389 r T z1 z4 z4 a3:4
        dup3 292 24 descriptor 365 r a0:8 a1:8 o2
        pipe2 293 59 pair 393 r q0 q1 z8 o1
        setns 308 268 raw 241 r a0:8 c1
        process_vm_writev 311 271 raw 423 r a0:8 e
        finit_module 313 273 path1 413 r a0:8 p0 a2:4
        renameat2 316 276 paths13 319 r d0 p0 d2 p1 a4:4
        memfd_create 319 279 path0 405 r p0 a1:4
        bpf 321 280 raw 369 r a0:4
        execveat 322 281 execat 331
        userfaultfd 323 282 raw 321 r o0
        io_uring_setup 425 425 raw 339 r a0:4 z4 z4 z4 z4 z4 z4
        pidfd_open 434 434 raw 409 r a0:8 a1:4
        openat2 437 437 openhow+data 327 r d0 p0 h0 h1 h2 z4 z8
        pidfd_getfd 438 438 raw 407 r a0:8 a1:8 a2:4
        """

    /// One system call.
    struct Entry: Sendable {
        var name: String
        var shape: UInt8
        var event: UInt16
        var recipe: [ParameterRecipe]
    }

    /// By number; nil for those that are not watched.
    private(set) var entries: [Entry?]

    /// What the kernel's program is told, by number.
    var shapes: [UInt8] { entries.map { $0?.shape ?? 0 } }

    /// The table of this machine's processor.
    ///
    /// - Parameter isWanted: which system calls are watched, by name.
    package init(where isWanted: (String) -> Bool = { _ in true }) {
        entries = Array(repeating: nil, count: Int(SENSOR_MAX_SYSCALL))
        #if arch(x86_64)
        let column = 1
        #else
        let column = 2
        #endif
        for line in Self.text.description.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 5, let number = Int(words[column]), let event = UInt16(words[4]),
                let shape = Self.shape(words[3]), entries.indices.contains(number), isWanted(String(words[0]))
            else { continue }
            let recipe = words[5...].compactMap { ParameterRecipe($0) }
            entries[number] = Entry(name: String(words[0]), shape: shape, event: event, recipe: recipe)
        }
    }

    subscript(number: Int32) -> Entry? {
        entries.indices.contains(Int(number)) ? entries[Int(number)] : nil
    }

    private static func shape(_ word: Substring) -> UInt8? {
        let parts = word.split(separator: "+")
        let lane = parts.count > 1 ? SHAPE_LANE_DATA.rawValue : 0
        let shapes: [Substring: sensor_shape] = [
            "raw": SHAPE_RAW, "path0": SHAPE_PATH_0, "path1": SHAPE_PATH_1, "paths01": SHAPE_PATHS_0_1,
            "paths13": SHAPE_PATHS_1_3, "paths02": SHAPE_PATHS_0_2, "address": SHAPE_ADDRESS, "sendto": SHAPE_SEND_TO,
            "message": SHAPE_MESSAGE, "accept": SHAPE_ACCEPT, "descriptor": SHAPE_DESCRIPTOR, "exec": SHAPE_EXEC,
            "execat": SHAPE_EXEC_AT, "mount": SHAPE_MOUNT, "openhow": SHAPE_OPEN_HOW, "pair": SHAPE_PAIR,
            "capabilities": SHAPE_CAPABILITIES,
        ]
        return parts.first.flatMap { shapes[$0] }.map { UInt8(truncatingIfNeeded: $0.rawValue | lane) }
    }
}

/// How one parameter of an event is made from a record.
enum ParameterRecipe: Sendable, Equatable {
    case result
    case argument(Int, bytes: Int)
    case folder(Int)
    case text(Int)
    case openFlags(Int)
    case cloneFlags(Int)
    case openHow(Int)
    case pair(Int)
    case traceRequest(Int)
    case capability(Int)
    case socketEnds
    case address
    case zero(bytes: Int)
    case nothing

    init?(_ word: Substring) {
        let parts = word.dropFirst().split(separator: ":")
        let number = parts.first.flatMap { Int($0) }
        switch (word.first, number) {
        case ("r", nil): self = .result
        case ("T", nil): self = .socketEnds
        case ("A", nil): self = .address
        case ("e", nil): self = .nothing
        case ("a", let number?): self = .argument(number, bytes: parts.count > 1 ? Int(parts[1]) ?? 8 : 8)
        case ("d", let number?): self = .folder(number)
        case ("p", let number?): self = .text(number)
        case ("o", let number?): self = .openFlags(number)
        case ("c", let number?): self = .cloneFlags(number)
        case ("h", let number?): self = .openHow(number)
        case ("q", let number?): self = .pair(number)
        case ("t", let number?): self = .traceRequest(number)
        case ("K", let number?): self = .capability(number)
        case ("z", let number?): self = .zero(bytes: number)
        default: return nil
        }
    }
}
