// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

@testable import FalcoRules

/// The types of events of system calls, by number: name, `h` where rules do not see them, and the parameters' names
/// (`driver/event_table.c` of falcosecurity/libs).
enum EventTypeFixture {
    static let table: EventTypeTable = {
        var entries: [EventTypeTable.Entry] = []
        for (number, line) in text.description.split(separator: "\n").enumerated() {
            let words = line.split(separator: " ").map(String.init)
            entries.append(
                EventTypeTable.Entry(
                    name: number < 2 ? nil : words[0],
                    isEnter: number.isMultiple(of: 2),
                    isDelivered: words[1] != "h",
                    parameters: Array(words.dropFirst(2))
                )
            )
        }
        return EventTypeTable(entries: entries, variableNames: ["getcpu", "sysinfo"])
    }()

    private static let text: StaticString = """
        syscall h id native_id
        syscall - id native_id
        open - name flags mode
        open - fd name flags mode dev ino
        close h fd
        close - res fd
        read h fd size
        read - res data fd size
        write h fd size
        write - res data fd size
        brk h size
        brk - res
        execve -
        execve - res exe args tid pid ptid cwd fdlimit
        clone h
        clone - res exe args tid pid ptid cwd fdlimit flags uid gid
        procexit -
        NA -
        socket h domain type proto
        socket - fd domain type proto
        bind h fd
        bind - res addr fd
        connect - fd addr
        connect - res tuple fd addr
        listen h fd backlog
        listen - res fd backlog
        accept h
        accept - fd tuple queuepct
        send h fd size
        send - res data fd size tuple
        sendto h fd size tuple
        sendto - res data fd size tuple
        recv h fd size
        recv - res data fd size tuple
        recvfrom h fd size
        recvfrom - res data tuple fd size
        shutdown h fd how
        shutdown - res fd how
        getsockname h
        getsockname -
        getpeername h
        getpeername -
        socketpair h domain type proto
        socketpair - res fd1 fd2 source peer domain type proto
        setsockopt h
        setsockopt - res fd level optname val optlen
        getsockopt h
        getsockopt - res fd level optname val optlen
        sendmsg h fd size tuple
        sendmsg - res data fd size tuple
        sendmmsg h
        sendmmsg - res fd size data tuple
        recvmsg h fd
        recvmsg - res size data tuple msgcontrol fd
        recvmmsg h
        recvmmsg - res fd size data tuple msgcontrol
        accept h flags
        accept - fd tuple queuepct
        creat - name mode
        creat - fd name mode dev ino creat_flags
        pipe h
        pipe - res fd1 fd2 ino
        eventfd h initval flags
        eventfd - res initval flags
        futex h addr op val
        futex - res addr op val
        stat h
        stat - res path
        lstat h
        lstat - res path
        fstat h fd
        fstat - res fd
        stat64 h
        stat64 - res path
        lstat64 h
        lstat64 - res path
        fstat64 h fd
        fstat64 - res fd
        epoll_wait h maxevents
        epoll_wait - res maxevents
        poll h fds timeout
        poll - res fds timeout
        select h
        select - res
        select h
        select - res
        lseek h fd offset whence
        lseek - res fd offset whence
        llseek h fd offset whence
        llseek - res fd offset whence
        ioctl h fd request
        ioctl - res
        getcwd h
        getcwd - res path
        chdir h
        chdir - res path
        fchdir h fd
        fchdir - res fd
        mkdir h path mode
        mkdir - res path mode
        rmdir h path
        rmdir - res path
        openat - dirfd name flags mode
        openat - fd
        link h oldpath newpath
        link - res
        linkat h olddir oldpath newdir newpath
        linkat - res
        unlink h path
        unlink - res
        unlinkat h dirfd name
        unlinkat - res
        pread h fd size pos
        pread - res data fd size pos
        pwrite h fd size pos
        pwrite - res data fd size pos
        readv h fd
        readv - res size data fd
        writev h fd size
        writev - res data fd size
        preadv h fd pos
        preadv - res size data fd pos
        pwritev h fd size pos
        pwritev - res data fd size pos
        dup h fd
        dup - res fd
        signalfd h fd mask flags
        signalfd - res fd mask flags
        kill h pid sig
        kill - res pid sig
        tkill h tid sig
        tkill - res tid sig
        tgkill h pid tid sig
        tgkill - res pid tid sig
        nanosleep h interval
        nanosleep - res interval
        timerfd_create h clockid flags
        timerfd_create - res clockid flags
        inotify_init h flags
        inotify_init - res flags
        getrlimit h resource
        getrlimit - res cur max resource
        setrlimit h resource
        setrlimit - res cur max resource
        prlimit h pid resource
        prlimit - res newcur newmax oldcur oldmax pid resource
        switch - next
        NA -
        drop h ratio
        drop h ratio
        fcntl h fd cmd
        fcntl - res fd cmd
        switch - next pgft_maj pgft_min vm_size vm_rss vm_swap
        NA -
        execve -
        execve - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap
        clone h
        clone - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap flags uid gid
        brk h addr
        brk - res vm_size vm_rss vm_swap addr
        mmap h addr length prot flags fd offset
        mmap - res vm_size vm_rss vm_swap addr length prot flags fd offset
        mmap2 h addr length prot flags fd pgoffset
        mmap2 - res vm_size vm_rss vm_swap addr length prot flags fd pgoffset
        munmap h addr length
        munmap - res vm_size vm_rss vm_swap addr length
        splice h fd_in fd_out size flags
        splice - res fd_in fd_out size flags
        ptrace h request pid
        ptrace - res addr data request pid
        ioctl h fd request argument
        ioctl - res fd request argument
        execve -
        execve - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap env
        rename h
        rename - res oldpath newpath
        renameat h
        renameat - res olddirfd oldpath newdirfd newpath
        symlink h
        symlink - res target linkpath
        symlinkat h
        symlinkat - res target linkdirfd linkpath
        fork h
        fork - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap flags uid gid
        vfork h
        vfork - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap flags uid gid
        procexit - status ret sig core reaper_tid
        NA -
        sendfile h out_fd in_fd offset size
        sendfile - res offset out_fd in_fd size
        quotactl h cmd type id quota_fmt
        quotactl - res special quotafilepath dqb_bhardlimit dqb_bsoftlimit dqb_curspace dqb_ihardlimit dqb_isoftlimit dqb_btime dqb_itime dqi_bgrace dqi_igrace dqi_flags quota_fmt_out cmd type id quota_fmt
        setresuid h ruid euid suid
        setresuid - res ruid euid suid
        setresgid h rgid egid sgid
        setresgid - res rgid egid sgid
        sysdigevent h event_type event_data
        sysdigevent -
        setuid h uid
        setuid - res uid
        setgid h gid
        setgid - res gid
        getuid h
        getuid - uid
        geteuid h
        geteuid - euid
        getgid h
        getgid - gid
        getegid h
        getegid - egid
        getresuid h
        getresuid - res ruid euid suid
        getresgid h
        getresgid - res rgid egid sgid
        execve -
        execve - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm env
        clone h
        clone - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm flags uid gid
        fork h
        fork - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm flags uid gid
        vfork h
        vfork - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm flags uid gid
        clone h
        clone - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups flags uid gid vtid vpid pidns_init_start_ts
        fork h
        fork - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups flags uid gid vtid vpid pidns_init_start_ts
        vfork h
        vfork - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups flags uid gid vtid vpid pidns_init_start_ts
        container - id type name image
        container -
        execve -
        execve - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups env
        signaldeliver - spid dpid sig
        signaldeliver -
        procinfo h cpu_usr cpu_sys
        NA -
        getdents h fd
        getdents - res fd
        getdents64 h fd
        getdents64 - res fd
        setns h fd nstype
        setns - res fd nstype
        flock h fd operation
        flock - res fd operation
        cpu_hotplug - cpu action
        NA -
        accept h
        accept - fd tuple queuepct queuelen queuemax
        accept h flags
        accept - fd tuple queuepct queuelen queuemax flags
        semop h semid
        semop - res nsops sem_num_0 sem_op_0 sem_flg_0 sem_num_1 sem_op_1 sem_flg_1 semid
        semctl h semid semnum cmd val
        semctl - res semid semnum cmd val
        ppoll h fds timeout sigmask
        ppoll - res fds timeout sigmask
        mount h flags
        mount - res dev dir type flags
        umount h flags
        umount - res name flags
        k8s h json
        NA -
        semget h key nsems semflg
        semget - res key nsems semflg
        access h mode
        access - res name mode
        chroot h
        chroot - res path
        tracer h id tags args
        tracer - id tags args
        mesos h json
        NA -
        container - json
        container -
        setsid h
        setsid - res
        mkdir h mode
        mkdir - res path mode
        rmdir h
        rmdir - res path
        notification - id desc
        NA -
        execve -
        execve - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups env tty
        unshare h flags
        unshare - res flags
        infra - source name description scope
        NA -
        execve - filename
        execve - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups env tty
        page_fault - addr ip error
        NA -
        execve - filename
        execve - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups env tty vpgid loginuid flags cap_inheritable cap_permitted cap_effective exe_ino exe_ino_ctime exe_ino_mtime uid trusted_exepath pgid gid filename
        setpgid h pid pgid
        setpgid - res pid pgid
        bpf h cmd
        bpf - res_or_fd cmd
        seccomp h op
        seccomp - res op
        unlink h
        unlink - res path
        unlinkat h
        unlinkat - res dirfd name flags
        mkdirat h
        mkdirat - res dirfd path mode
        openat - dirfd name flags mode
        openat - fd dirfd name flags mode dev ino
        link h
        link - res oldpath newpath
        linkat h
        linkat - res olddir oldpath newdir newpath flags
        fchmodat h
        fchmodat - res dirfd filename mode
        chmod h
        chmod - res filename mode
        fchmod h
        fchmod - res fd mode
        renameat2 h
        renameat2 - res olddirfd oldpath newdirfd newpath flags
        userfaultfd h
        userfaultfd - res flags
        pluginevent - plugin ID event_data
        pluginevent -
        container - json
        container -
        openat2 - dirfd name flags mode resolve
        openat2 - fd dirfd name flags mode resolve dev ino
        mprotect h addr length prot
        mprotect - res addr length prot
        execveat - dirfd pathname flags
        execveat - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups env tty vpgid loginuid flags cap_inheritable cap_permitted cap_effective exe_ino exe_ino_ctime exe_ino_mtime uid trusted_exepath pgid gid dirfd pathname
        copy_file_range h fdin offin len
        copy_file_range - res fdout offout fdin offin len
        clone3 h
        clone3 - res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups flags uid gid vtid vpid pidns_init_start_ts
        open_by_handle_at h
        open_by_handle_at - fd mountfd flags path dev ino
        io_uring_setup h
        io_uring_setup - res entries sq_entries cq_entries flags sq_thread_cpu sq_thread_idle features
        io_uring_enter h
        io_uring_enter - res fd to_submit min_complete flags sig
        io_uring_register h
        io_uring_register - res fd opcode arg nr_args
        mlock h
        mlock - res addr len
        munlock h
        munlock - res addr len
        mlockall h
        mlockall - res flags
        munlockall h
        munlockall - res
        capset h
        capset - res cap_inheritable cap_permitted cap_effective
        useradded h uid gid name home shell container_id
        NA -
        userdeleted h uid gid name home shell container_id
        NA -
        groupadded h gid name container_id
        NA -
        groupdeleted h gid name container_id
        NA -
        dup2 h fd
        dup2 - res oldfd newfd
        dup3 h fd
        dup3 - res oldfd newfd flags
        dup h fd
        dup - res oldfd
        bpf h cmd
        bpf - fd cmd
        mlock2 h
        mlock2 - res addr len flags
        fsconfig h
        fsconfig - res fd cmd key value_bytebuf value_charbuf aux
        epoll_create h size
        epoll_create - res size
        epoll_create1 h flags
        epoll_create1 - res flags
        chown h
        chown - res path uid gid
        lchown h
        lchown - res path uid gid
        fchown h
        fchown - res fd uid gid
        fchownat h
        fchownat - res dirfd pathname uid gid flags
        umount h
        umount - res name
        accept4 h flags
        accept4 - fd tuple queuepct queuelen queuemax flags
        umount2 h flags
        umount2 - res name flags
        pipe2 h
        pipe2 - res fd1 fd2 ino flags
        inotify_init1 h
        inotify_init1 - res flags
        eventfd2 h initval
        eventfd2 - res flags initval
        signalfd4 h fd mask
        signalfd4 - res flags fd mask
        prctl h
        prctl - res option arg2_str arg2_int
        asyncevent - plugin_id name data
        NA -
        memfd_create h
        memfd_create - fd name flags
        pidfd_getfd h
        pidfd_getfd - fd pid_fd target_fd flags
        pidfd_open h
        pidfd_open - fd pid flags
        init_module h
        init_module - res img length uargs
        finit_module h
        finit_module - res fd uargs flags
        mknod h
        mknod - res path mode dev
        mknodat h
        mknodat - res dirfd path mode dev
        newfstatat h
        newfstatat - res dirfd path flags
        process_vm_readv h
        process_vm_readv - res pid data
        process_vm_writev h
        process_vm_writev - res pid data
        delete_module h
        delete_module - res name flags
        setreuid h
        setreuid - res ruid euid
        setregid h
        setregid - res rgid egid
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        NA -
        """
}
