// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension EventSchema {
    /// All event types, one a line: number, name, category, flags, `>number` of the type that replaced it, and
    /// the parameters as `name:type`, with `x` or `o` for hexadecimal and octal, `/set` for the names of a
    /// parameter's flags and `@n` for the parameter that holds the directory of a relative path.
    ///
    /// Even numbers are enter events, odd ones exit events. Flags: c creates a descriptor, d destroys one, u uses
    /// one, r reads, w writes, m changes the state, W waits, l lengths of 32 bits, x unused, h not shown to rules,
    /// o replaced by another type.
    ///
    /// Source: `driver/event_table.c` of falcosecurity/libs. The type numbers and the names are an interface: they
    /// are what captures hold and rules say.
    static let text: StaticString = """
        0 syscall other h id:sysid native_id:u16
        1 syscall other - id:sysid native_id:u16
        2 open file cm name:path flags:f32x/file mode:u32o
        3 open file cm fd:fd name:path flags:f32x/file mode:u32o dev:u32x ino:u64
        4 close io-other dumh fd:fd
        5 close io-other dum res:errno fd:fd
        6 read io-read urh fd:fd size:u32
        7 read io-read ur res:errno data:bytes fd:fd size:u32
        8 write io-write uwh fd:fd size:u32
        9 write io-write uw res:errno data:bytes fd:fd size:u32
        10 brk memory h size:u32
        11 brk memory o >159 res:u64x
        12 execve process mo >292
        13 execve process mo >293 res:errno exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:u64
        14 clone process mh
        15 clone process mo >223 res:pid exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:i64 flags:f32x/clone uid:u32 gid:u32
        16 procexit process mo >186
        17 NA unknown x
        18 socket net cmh domain:e32/family type:u32 proto:u32
        19 socket net cm fd:fd domain:e32/family type:u32 proto:u32
        20 bind net umh fd:fd
        21 bind net um res:errno addr:addr fd:fd
        22 connect net um fd:fd addr:addr
        23 connect net um res:errno tuple:tuple fd:fd addr:addr
        24 listen net uh fd:fd backlog:u32
        25 listen net u res:errno fd:fd backlog:u32
        26 accept net cmh
        27 accept net cmo >247 fd:fd tuple:tuple queuepct:u8
        28 send io-write uwh fd:fd size:u32
        29 send io-write uw res:errno data:bytes fd:fd size:u32 tuple:tuple
        30 sendto io-write uwmh fd:fd size:u32 tuple:tuple
        31 sendto io-write uwm res:errno data:bytes fd:fd size:u32 tuple:tuple
        32 recv io-read urh fd:fd size:u32
        33 recv io-read ur res:errno data:bytes fd:fd size:u32 tuple:tuple
        34 recvfrom io-read urmh fd:fd size:u32
        35 recvfrom io-read urm res:errno data:bytes tuple:tuple fd:fd size:u32
        36 shutdown net umh fd:fd how:e8x/how
        37 shutdown net um res:errno fd:fd how:e8x/how
        38 getsockname net h
        39 getsockname net -
        40 getpeername net h
        41 getpeername net -
        42 socketpair IPC cmh domain:e32/family type:u32 proto:u32
        43 socketpair IPC cm res:errno fd1:fd fd2:fd source:u64x peer:u64x domain:e32/family type:u32 proto:u32
        44 setsockopt net h
        45 setsockopt net u res:errno fd:fd level:e8/sollevel optname:e8/soopt val:dyn/sockopt optlen:u32
        46 getsockopt net mh
        47 getsockopt net um res:errno fd:fd level:e8/sollevel optname:e8/soopt val:dyn/sockopt optlen:u32
        48 sendmsg io-write uwmh fd:fd size:u32 tuple:tuple
        49 sendmsg io-write uwm res:errno data:bytes fd:fd size:u32 tuple:tuple
        50 sendmmsg io-write h
        51 sendmmsg io-write uwm res:errno fd:fd size:u32 data:bytes tuple:tuple
        52 recvmsg io-read urmh fd:fd
        53 recvmsg io-read urm res:errno size:u32 data:bytes tuple:tuple msgcontrol:bytes fd:fd
        54 recvmmsg io-read h
        55 recvmmsg io-read urm res:errno fd:fd size:u32 data:bytes tuple:tuple msgcontrol:bytes
        56 accept net cmh flags:i32x
        57 accept net cmo >389 fd:fd tuple:tuple queuepct:u8
        58 creat file cm name:path mode:u32o
        59 creat file cm fd:fd name:path mode:u32o dev:u32x ino:u64 creat_flags:f16x/creat
        60 pipe IPC cmh
        61 pipe IPC cm res:errno fd1:fd fd2:fd ino:u64
        62 eventfd IPC cmh initval:u64 flags:f32x
        63 eventfd IPC cm res:fd initval:u64 flags:f32x
        64 futex IPC h addr:u64x op:f16x/futex val:u64
        65 futex IPC - res:errno addr:u64x op:f16x/futex val:u64
        66 stat file h
        67 stat file - res:errno path:path
        68 lstat file h
        69 lstat file - res:errno path:path
        70 fstat file uh fd:fd
        71 fstat file u res:errno fd:fd
        72 stat64 file h
        73 stat64 file - res:errno path:path
        74 lstat64 file h
        75 lstat64 file - res:errno path:path
        76 fstat64 file uh fd:fd
        77 fstat64 file u res:errno fd:fd
        78 epoll_wait wait Wh maxevents:errno
        79 epoll_wait wait W res:errno maxevents:errno
        80 poll wait Wh fds:fds timeout:i64
        81 poll wait W res:errno fds:fds timeout:i64
        82 select wait Wh
        83 select wait W res:errno
        84 select wait Wh
        85 select wait Wo >83 res:errno
        86 lseek file uh fd:fd offset:u64 whence:e8/whence
        87 lseek file u res:errno fd:fd offset:u64 whence:e8/whence
        88 llseek file uh fd:fd offset:u64 whence:e8/whence
        89 llseek file u res:errno fd:fd offset:u64 whence:e8/whence
        90 ioctl io-other uh fd:fd request:u64x
        91 ioctl io-other uo >171 res:errno
        92 getcwd file h
        93 getcwd file - res:errno path:str
        94 chdir file mh
        95 chdir file m res:errno path:str
        96 fchdir file umh fd:fd
        97 fchdir file um res:errno fd:fd
        98 mkdir file h path:path mode:u32x
        99 mkdir file o >277 res:errno path:path mode:u32x
        100 rmdir file h path:path
        101 rmdir file o >279 res:errno path:path
        102 openat file cmo >306 dirfd:fd name:str flags:f32x/file mode:u32o
        103 openat file cmo >307 fd:fd
        104 link file h oldpath:path newpath:path
        105 link file o >309 res:errno
        106 linkat file h olddir:fd oldpath:str newdir:fd newpath:str
        107 linkat file o >311 res:errno
        108 unlink file h path:path
        109 unlink file o >301 res:errno
        110 unlinkat file h dirfd:fd name:str
        111 unlinkat file o >303 res:errno
        112 pread io-read urh fd:fd size:u32 pos:u64
        113 pread io-read ur res:errno data:bytes fd:fd size:u32 pos:u64
        114 pwrite io-write uwh fd:fd size:u32 pos:u64
        115 pwrite io-write uw res:errno data:bytes fd:fd size:u32 pos:u64
        116 readv io-read urh fd:fd
        117 readv io-read ur res:errno size:u32 data:bytes fd:fd
        118 writev io-write uwh fd:fd size:u32
        119 writev io-write uw res:errno data:bytes fd:fd size:u32
        120 preadv io-read urh fd:fd pos:u64
        121 preadv io-read ur res:errno size:u32 data:bytes fd:fd pos:u64
        122 pwritev io-write uwh fd:fd size:u32 pos:u64
        123 pwritev io-write uw res:errno data:bytes fd:fd size:u32 pos:u64
        124 dup io-other cumh fd:fd
        125 dup io-other cumo >367 res:fd fd:fd
        126 signalfd signal cmh fd:fd mask:u32x flags:f8x
        127 signalfd signal cm res:fd fd:fd mask:u32x flags:f8x
        128 kill signal h pid:pid sig:sig
        129 kill signal - res:errno pid:pid sig:sig
        130 tkill signal h tid:pid sig:sig
        131 tkill signal - res:errno tid:pid sig:sig
        132 tgkill signal h pid:pid tid:pid sig:sig
        133 tgkill signal - res:errno pid:pid tid:pid sig:sig
        134 nanosleep sleep Wh interval:reltime
        135 nanosleep sleep W res:errno interval:reltime
        136 timerfd_create time cmh clockid:u8 flags:f8x
        137 timerfd_create time cm res:fd clockid:u8 flags:f8x
        138 inotify_init IPC cmh flags:f8x
        139 inotify_init IPC cm res:fd flags:f8x
        140 getrlimit process h resource:e8/rlimit
        141 getrlimit process - res:errno cur:i64 max:i64 resource:e8/rlimit
        142 setrlimit process h resource:e8/rlimit
        143 setrlimit process - res:errno cur:i64 max:i64 resource:e8/rlimit
        144 prlimit process h pid:pid resource:e8/rlimit
        145 prlimit process - res:errno newcur:i64 newmax:i64 oldcur:i64 oldmax:i64 pid:pid resource:e8/rlimit
        146 switch scheduler o >152 next:pid
        147 NA unknown x
        148 drop internal h ratio:u32
        149 drop internal h ratio:u32
        150 fcntl io-other umh fd:fd cmd:e8/fcntl
        151 fcntl io-other um res:fd fd:fd cmd:e8/fcntl
        152 switch scheduler - next:pid pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32
        153 NA unknown x
        154 execve process mo >292
        155 execve process mo >293 res:errno exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:u64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32
        156 clone process mh
        157 clone process mo >223 res:pid exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:i64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 flags:f32x/clone uid:u32 gid:u32
        158 brk memory h addr:u64x
        159 brk memory - res:u64x vm_size:u32 vm_rss:u32 vm_swap:u32 addr:u64x
        160 mmap memory h addr:u64x length:u64 prot:f32x/prot flags:f32x/map fd:fd offset:u64
        161 mmap memory - res:u64x vm_size:u32 vm_rss:u32 vm_swap:u32 addr:u64x length:u64 prot:f32x/prot flags:f32x/map fd:fd offset:u64
        162 mmap2 memory h addr:u64x length:u64 prot:f32x/prot flags:f32x/map fd:fd pgoffset:u64
        163 mmap2 memory - res:u64x vm_size:u32 vm_rss:u32 vm_swap:u32 addr:u64x length:u64 prot:f32x/prot flags:f32x/map fd:fd pgoffset:u64
        164 munmap memory h addr:u64x length:u64
        165 munmap memory - res:errno vm_size:u32 vm_rss:u32 vm_swap:u32 addr:u64x length:u64
        166 splice io-other uh fd_in:fd fd_out:fd size:u64 flags:f32x/splice
        167 splice io-other u res:errno fd_in:fd fd_out:fd size:u64 flags:f32x/splice
        168 ptrace process h request:e16/ptrace pid:pid
        169 ptrace process - res:errno addr:dynx/ptrace data:dynx/ptrace request:e16/ptrace pid:pid
        170 ioctl io-other uh fd:fd request:u64x argument:u64x
        171 ioctl io-other u res:errno fd:fd request:u64x argument:u64x
        172 execve process mo >292
        173 execve process mo >293 res:errno exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:u64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 env:bytes
        174 rename file h
        175 rename file - res:errno oldpath:path newpath:path
        176 renameat file h
        177 renameat file - res:errno olddirfd:fd oldpath:relpath@1 newdirfd:fd newpath:relpath@3
        178 symlink file h
        179 symlink file - res:errno target:str linkpath:path
        180 symlinkat file h
        181 symlinkat file - res:errno target:str linkdirfd:fd linkpath:relpath@2
        182 fork process mh
        183 fork process mo >225 res:pid exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:i64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 flags:f32x/clone uid:u32 gid:u32
        184 vfork process mh
        185 vfork process mo >227 res:pid exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:i64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 flags:f32x/clone uid:u32 gid:u32
        186 procexit process m status:errno ret:errno sig:sig core:u8 reaper_tid:pid
        187 NA unknown x
        188 sendfile io-write uh out_fd:fd in_fd:fd offset:u64 size:u64
        189 sendfile io-write u res:errno offset:u64 out_fd:fd in_fd:fd size:u64
        190 quotactl user h cmd:f16/quotacmd type:f8/quotatype id:u32 quota_fmt:f8/quotafmt
        191 quotactl user - res:errno special:str quotafilepath:str dqb_bhardlimit:u64 dqb_bsoftlimit:u64 dqb_curspace:u64 dqb_ihardlimit:u64 dqb_isoftlimit:u64 dqb_btime:reltime dqb_itime:reltime dqi_bgrace:reltime dqi_igrace:reltime dqi_flags:f8/dqi quota_fmt_out:f8/quotafmt cmd:f16/quotacmd type:f8/quotatype id:u32 quota_fmt:f8/quotafmt
        192 setresuid user mh ruid:uid euid:uid suid:uid
        193 setresuid user m res:errno ruid:uid euid:uid suid:uid
        194 setresgid user mh rgid:gid egid:gid sgid:gid
        195 setresgid user m res:errno rgid:gid egid:gid sgid:gid
        196 sysdigevent internal h event_type:u32 event_data:u64
        197 sysdigevent internal x
        198 setuid user mh uid:uid
        199 setuid user m res:errno uid:uid
        200 setgid user mh gid:gid
        201 setgid user m res:errno gid:gid
        202 getuid user h
        203 getuid user - uid:uid
        204 geteuid user h
        205 geteuid user - euid:uid
        206 getgid user h
        207 getgid user - gid:gid
        208 getegid user h
        209 getegid user - egid:gid
        210 getresuid user h
        211 getresuid user - res:errno ruid:uid euid:uid suid:uid
        212 getresgid user h
        213 getresgid user - res:errno rgid:gid egid:gid sgid:gid
        214 execve process mo >292
        215 execve process mo >293 res:errno exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:u64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str env:bytes
        216 clone process mh
        217 clone process mo >223 res:pid exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:i64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str flags:f32x/clone uid:u32 gid:u32
        218 fork process mh
        219 fork process mo >225 res:pid exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:i64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str flags:f32x/clone uid:u32 gid:u32
        220 vfork process mh
        221 vfork process mo >227 res:pid exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:i64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str flags:f32x/clone uid:u32 gid:u32
        222 clone process mh
        223 clone process m res:pid exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:i64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str cgroups:bytes flags:f32x/clone uid:u32 gid:u32 vtid:pid vpid:pid pidns_init_start_ts:u64
        224 fork process mh
        225 fork process m res:pid exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:i64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str cgroups:bytes flags:f32x/clone uid:u32 gid:u32 vtid:pid vpid:pid pidns_init_start_ts:u64
        226 vfork process mh
        227 vfork process m res:pid exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:i64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str cgroups:bytes flags:f32x/clone uid:u32 gid:u32 vtid:pid vpid:pid pidns_init_start_ts:u64
        228 container internal m id:str type:u32 name:str image:str
        229 container internal x
        230 execve process mo >292
        231 execve process mo >293 res:errno exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:u64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str cgroups:bytes env:bytes
        232 signaldeliver signal - spid:pid dpid:pid sig:sig
        233 signaldeliver signal x
        234 procinfo internal h cpu_usr:u64 cpu_sys:u64
        235 NA unknown x
        236 getdents file uh fd:fd
        237 getdents file u res:errno fd:fd
        238 getdents64 file uh fd:fd
        239 getdents64 file u res:errno fd:fd
        240 setns process uh fd:fd nstype:f32x/clone
        241 setns process u res:errno fd:fd nstype:f32x/clone
        242 flock file uh fd:fd operation:f32x/flock
        243 flock file u res:errno fd:fd operation:f32x/flock
        244 cpu_hotplug system m cpu:u32 action:u32
        245 NA unknown x
        246 accept net cmh
        247 accept net cm fd:fd tuple:tuple queuepct:u8 queuelen:u32 queuemax:u32
        248 accept net cmh flags:i32x
        249 accept net cmo >389 fd:fd tuple:tuple queuepct:u8 queuelen:u32 queuemax:u32 flags:i32x
        250 semop process h semid:i32
        251 semop process - res:errno nsops:u32 sem_num_0:u16 sem_op_0:i16 sem_flg_0:f16x/semop sem_num_1:u16 sem_op_1:i16 sem_flg_1:f16x/semop semid:i32
        252 semctl process h semid:i32 semnum:i32 cmd:f16x/semctl val:i32
        253 semctl process - res:errno semid:i32 semnum:i32 cmd:f16x/semctl val:i32
        254 ppoll wait Wh fds:fds timeout:reltime sigmask:sigset
        255 ppoll wait W res:errno fds:fds timeout:reltime sigmask:sigset
        256 mount file mh flags:f32x/mount
        257 mount file m res:errno dev:str dir:path type:str flags:f32x/mount
        258 umount file mh flags:f32x/umount
        259 umount file mo >387 res:errno name:path flags:f32x/umount
        260 k8s internal mh json:str
        261 NA unknown x
        262 semget process h key:i32x nsems:i32 semflg:f32x/semget
        263 semget process - res:errno key:i32x nsems:i32 semflg:f32x/semget
        264 access file h mode:f32x/access
        265 access file - res:errno name:path mode:f32x/access
        266 chroot process mh
        267 chroot process m res:errno path:path
        268 tracer other h id:i64 tags:strs args:pairs
        269 tracer other - id:i64 tags:strs args:pairs
        270 mesos internal mh json:str
        271 NA unknown x
        272 container process m json:str
        273 container process x
        274 setsid process mh
        275 setsid process m res:pid
        276 mkdir file h mode:u32x
        277 mkdir file - res:errno path:path mode:u32x
        278 rmdir file h
        279 rmdir file - res:errno path:path
        280 notification other - id:str desc:str
        281 NA unknown x
        282 execve process mo >292
        283 execve process mo >293 res:errno exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:u64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str cgroups:bytes env:bytes tty:i32
        284 unshare process h flags:f32x/clone
        285 unshare process - res:errno flags:f32x/clone
        286 infra internal - source:str name:str description:str scope:str
        287 NA unknown x
        288 execve process mo >292 filename:path
        289 execve process mo >293 res:errno exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:u64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str cgroups:bytes env:bytes tty:i32
        290 page_fault other - addr:u64x ip:u64x error:f32x/pf
        291 NA unknown x
        292 execve process m filename:path
        293 execve process m res:errno exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:u64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str cgroups:bytes env:bytes tty:u32 vpgid:pid loginuid:uid flags:f32x/execve cap_inheritable:u64x cap_permitted:u64x cap_effective:u64x exe_ino:u64 exe_ino_ctime:abstime exe_ino_mtime:abstime uid:uid trusted_exepath:path pgid:pid gid:gid filename:path
        294 setpgid process mh pid:pid pgid:pid
        295 setpgid process m res:pid pid:pid pgid:pid
        296 bpf other ch cmd:i64
        297 bpf other c res_or_fd:dyn/bpf cmd:i64
        298 seccomp other h op:u64
        299 seccomp other - res:errno op:u64
        300 unlink file h
        301 unlink file - res:errno path:path
        302 unlinkat file h
        303 unlinkat file - res:errno dirfd:fd name:relpath@1 flags:f32x/unlinkat
        304 mkdirat file h
        305 mkdirat file - res:errno dirfd:fd path:relpath@1 mode:u32x
        306 openat file cm dirfd:fd name:relpath@0 flags:f32x/file mode:u32o
        307 openat file cm fd:fd dirfd:fd name:relpath@1 flags:f32x/file mode:u32o dev:u32x ino:u64
        308 link file h
        309 link file - res:errno oldpath:path newpath:path
        310 linkat file h
        311 linkat file - res:errno olddir:fd oldpath:relpath@1 newdir:fd newpath:relpath@3 flags:f32x/linkat
        312 fchmodat file h
        313 fchmodat file - res:errno dirfd:fd filename:relpath@1 mode:modeo/chmod
        314 chmod file h
        315 chmod file - res:errno filename:path mode:modeo/chmod
        316 fchmod file h
        317 fchmod file - res:errno fd:fd mode:modeo/chmod
        318 renameat2 file h
        319 renameat2 file - res:errno olddirfd:fd oldpath:relpath@1 newdirfd:fd newpath:relpath@3 flags:f32x/renameat2
        320 userfaultfd file cmh
        321 userfaultfd file cm res:errno flags:f32x/file
        322 pluginevent other l plugin_id:u32 event_data:bytes
        323 pluginevent other x
        324 container process ml json:str
        325 container process x
        326 openat2 file cm dirfd:fd name:relpath@1 flags:f32x/file mode:u32o resolve:f32x/openat2
        327 openat2 file cm fd:fd dirfd:fd name:relpath@1 flags:f32x/file mode:u32o resolve:f32x/openat2 dev:u32x ino:u64
        328 mprotect memory h addr:u64x length:u64 prot:f32x/prot
        329 mprotect memory - res:errno addr:u64x length:u64 prot:f32x/prot
        330 execveat process m dirfd:fd pathname:relpath@0 flags:f32x/execveat
        331 execveat process m res:errno exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:u64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str cgroups:bytes env:bytes tty:u32 vpgid:pid loginuid:uid flags:f32x/execve cap_inheritable:u64x cap_permitted:u64x cap_effective:u64x exe_ino:u64 exe_ino_ctime:abstime exe_ino_mtime:abstime uid:uid trusted_exepath:path pgid:pid gid:gid dirfd:fd pathname:relpath@30
        332 copy_file_range file urwh fdin:fd offin:u64 len:u64
        333 copy_file_range file urw res:errno fdout:fd offout:u64 fdin:fd offin:u64 len:u64
        334 clone3 process mh
        335 clone3 process m res:pid exe:str args:bytes tid:pid pid:pid ptid:pid cwd:str fdlimit:i64 pgft_maj:u64 pgft_min:u64 vm_size:u32 vm_rss:u32 vm_swap:u32 comm:str cgroups:bytes flags:f32x/clone uid:u32 gid:u32 vtid:pid vpid:pid pidns_init_start_ts:u64
        336 open_by_handle_at file cmh
        337 open_by_handle_at file cm fd:fd mountfd:fd flags:f32x/file path:path dev:u32x ino:u64
        338 io_uring_setup io-other cmh
        339 io_uring_setup io-other cm res:errno entries:u32 sq_entries:u32 cq_entries:u32 flags:f32x/iousetup sq_thread_cpu:u32 sq_thread_idle:u32 features:f32x/ioufeat
        340 io_uring_enter io-other uh
        341 io_uring_enter io-other u res:errno fd:fd to_submit:u32 min_complete:u32 flags:f32x/iouenter sig:sigset
        342 io_uring_register io-other uh
        343 io_uring_register io-other u res:errno fd:fd opcode:e16/iouop arg:u64x nr_args:u32
        344 mlock memory h
        345 mlock memory - res:errno addr:u64x len:u64
        346 munlock memory h
        347 munlock memory - res:errno addr:u64x len:u64
        348 mlockall memory h
        349 mlockall memory - res:errno flags:f32x/mlockall
        350 munlockall memory h
        351 munlockall memory - res:errno
        352 capset process mh
        353 capset process m res:errno cap_inheritable:u64x cap_permitted:u64x cap_effective:u64x
        354 useradded process mh uid:u32 gid:u32 name:str home:str shell:str container_id:str
        355 NA unknown x
        356 userdeleted process mh uid:u32 gid:u32 name:str home:str shell:str container_id:str
        357 NA unknown x
        358 groupadded process mh gid:u32 name:str container_id:str
        359 NA unknown x
        360 groupdeleted process mh gid:u32 name:str container_id:str
        361 NA unknown x
        362 dup2 io-other cumh fd:fd
        363 dup2 io-other cum res:fd oldfd:fd newfd:fd
        364 dup3 io-other cumh fd:fd
        365 dup3 io-other cum res:fd oldfd:fd newfd:fd flags:f32x/file
        366 dup io-other cumh fd:fd
        367 dup io-other cum res:fd oldfd:fd
        368 bpf other ch cmd:i64
        369 bpf other c fd:fd cmd:e32/bpfcmd
        370 mlock2 memory h
        371 mlock2 memory - res:errno addr:u64x len:u64 flags:f32x/mlock2
        372 fsconfig system uh
        373 fsconfig system u res:errno fd:fd cmd:e32/fsconfig key:str value_bytebuf:bytes value_charbuf:str aux:i32
        374 epoll_create wait cmh size:i32
        375 epoll_create wait cm res:errno size:i32
        376 epoll_create1 wait cmh flags:f32x/epollc
        377 epoll_create1 wait cm res:errno flags:f32x/epollc
        378 chown file h
        379 chown file - res:errno path:path uid:u32 gid:u32
        380 lchown file h
        381 lchown file - res:errno path:path uid:u32 gid:u32
        382 fchown file uh
        383 fchown file u res:errno fd:fd uid:u32 gid:u32
        384 fchownat file uh
        385 fchownat file u res:errno dirfd:fd pathname:relpath@1 uid:u32 gid:u32 flags:f32x/fchownat
        386 umount file mh
        387 umount file m res:errno name:path
        388 accept4 net cmh flags:i32x
        389 accept4 net cm fd:fd tuple:tuple queuepct:u8 queuelen:u32 queuemax:u32 flags:i32x
        390 umount2 file mh flags:f32x/umount
        391 umount2 file m res:errno name:path flags:f32x/umount
        392 pipe2 IPC cmh
        393 pipe2 IPC cm res:errno fd1:fd fd2:fd ino:u64 flags:f32x/file
        394 inotify_init1 IPC cmh
        395 inotify_init1 IPC cm res:fd flags:f16x/file
        396 eventfd2 IPC cmh initval:u64
        397 eventfd2 IPC cm res:fd flags:f16x/file initval:u64
        398 signalfd4 signal cmh fd:fd mask:u32x
        399 signalfd4 signal cm res:fd flags:f16x/file fd:fd mask:u32x
        400 prctl process mh
        401 prctl process m res:errno option:e32/prctl arg2_str:str arg2_int:i64
        402 asyncevent other l plugin_id:u32 name:str data:bytes
        403 NA unknown x
        404 memfd_create memory cmh
        405 memfd_create memory cm fd:fd name:str flags:f32x/memfd
        406 pidfd_getfd process cmh
        407 pidfd_getfd process cm fd:fd pid_fd:fd target_fd:fd flags:u32x
        408 pidfd_open process cmh
        409 pidfd_open process cm fd:fd pid:pid flags:f32x/pidfd
        410 init_module other h
        411 init_module other - res:errno img:bytes length:u64 uargs:str
        412 finit_module other urh
        413 finit_module other ur res:errno fd:fd uargs:str flags:f32x/finit
        414 mknod other h
        415 mknod other - res:errno path:path mode:modeo/mknod dev:u32
        416 mknodat other uh
        417 mknodat other u res:errno dirfd:fd path:relpath@1 mode:modeo/mknod dev:u32
        418 newfstatat file uh
        419 newfstatat file u res:errno dirfd:fd path:relpath@1 flags:f32x/newfstatat
        420 process_vm_readv IPC h
        421 process_vm_readv IPC - res:i64 pid:pid data:bytes
        422 process_vm_writev IPC h
        423 process_vm_writev IPC - res:i64 pid:pid data:bytes
        424 delete_module other h
        425 delete_module other - res:errno name:str flags:f32x/delmod
        426 setreuid user mh
        427 setreuid user m res:errno ruid:uid euid:uid
        428 setregid user mh
        429 setregid user m res:errno rgid:gid egid:gid
        430 NA unknown x
        431 NA unknown x
        432 NA unknown x
        433 NA unknown x
        434 NA unknown x
        435 NA unknown x
        436 NA unknown x
        437 NA unknown x
        438 NA unknown x
        439 NA unknown x
        440 NA unknown x
        441 NA unknown x
        442 NA unknown x
        443 NA unknown x
        444 NA unknown x
        445 NA unknown x
        446 NA unknown x
        447 NA unknown x
        448 NA unknown x
        449 NA unknown x
        450 NA unknown x
        451 NA unknown x
        452 NA unknown x
        453 NA unknown x
        """
}
