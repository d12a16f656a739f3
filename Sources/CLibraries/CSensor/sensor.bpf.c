// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Copyright the Redoubt authors
//
// The sensor's programs in the kernel. They hang on typed tracepoints, which need neither kprobes nor LSM hooks, read the
// arguments when a system call returns (then they are in memory, and the path is that which the kernel took), and write
// records into one of two rings: what starts, ends, connects or changes rights never waits behind files being opened.

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "include/sensor_record.h"
#include "sensor_kernel.h"

// Helpers that read users' memory are for programs under the GPL alone; the program as a whole stays under Apache-2.0.
char LICENSE[] SEC("license") = "Dual MIT/GPL";

enum { TEXT = 4096, ROOM = 16384, PIECE = 4095, ADDRESS = 128, DEPTH = 28, NAME = 256 };

// Where a record is being put together; of each processor one, as no program here interrupts another.
struct scratch {
    __u32 used;
    __u32 shape;
    __u8 bytes[ROOM + 2 * TEXT];
};

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 8 << 20);
} control SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 16 << 20);
} data SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct scratch);
} scratches SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, SENSOR_MAX_SYSCALL);
    __type(key, __u32);
    __type(value, __u8);
} shapes SEC(".maps");

// Lost records, by system call, and behind them by kind.
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, SENSOR_COUNTERS);
    __type(key, __u32);
    __type(value, __u64);
} lost SEC(".maps");

// The sensor's own process, which is not watched: what it writes would feed on itself.
const volatile __u32 own_pid = 0;

// The address of what a typed tracepoint hands in, as a plain number.
static __always_inline __u64 address_of(const void *pointer) {
    __u64 address = 0;
    bpf_probe_read_kernel(&address, sizeof(address), &pointer);
    return address;
}

static __always_inline struct scratch *the_scratch(void) {
    __u32 zero = 0;
    return bpf_map_lookup_elem(&scratches, &zero);
}

static __always_inline struct sensor_head *head_of(struct scratch *scratch) {
    return (struct sensor_head *)scratch->bytes;
}

// Functions that are not inlined take numbers alone: the verifier then looks at each of them once, and not at each way
// that leads to it.

// Fills the head for the task that runs now. What a typed pointer leads to is read by plain loads, which cost a tenth of
// the helper that copies: this runs for each record.
static __always_inline struct scratch *begin(__u32 kind, __u32 shape) {
    struct scratch *scratch = the_scratch();
    if (!scratch) return 0;
    struct task_struct *task = (void *)bpf_get_current_task_btf();
    struct sensor_head *head = head_of(scratch);
    __u32 pid = task->tgid;
    if (pid == own_pid) return 0;
    scratch->used = sizeof(*head);
    scratch->shape = shape;
    head->time = bpf_ktime_get_boot_ns();
    head->kind = kind;
    head->cpu = bpf_get_smp_processor_id();
    head->tid = task->pid;
    head->pid = pid;
    head->parent = task->real_parent->tgid;
    head->uid = task->cred->uid.val;
    head->gid = task->cred->gid.val;
    head->syscall = -1;
    head->flags = 0;
    head->reserved = 0;
    head->result = 0;
    head->started = task->group_leader->start_boottime;
    head->cgroup = 0;
    __builtin_memset(head->arguments, 0, sizeof(head->arguments));
    __builtin_memset(head->pieces, 0, sizeof(head->pieces));
    head->reserved2 = 0;
    return scratch;
}

static __always_inline void count_loss(struct sensor_head *head) {
    __u32 index = head->kind == SENSOR_SYSCALL ? (__u32)head->syscall : SENSOR_MAX_SYSCALL + head->kind;
    __u64 *counter = bpf_map_lookup_elem(&lost, &index);
    if (counter) *counter += 1;
}

// The sensor looks each few milliseconds; it is woken only where a ring is a quarter full.
__noinline int end(void) {
    struct scratch *scratch = the_scratch();
    if (!scratch) return 0;
    __u32 length = scratch->used;
    if (length > ROOM) length = ROOM;
    if (length < sizeof(struct sensor_head)) return 0;
    head_of(scratch)->length = length;
    long failed;
    if (scratch->shape & SHAPE_LANE_DATA) {
        __u64 flags = bpf_ringbuf_query(&data, BPF_RB_AVAIL_DATA) > (4 << 20) ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
        failed = bpf_ringbuf_output(&data, scratch->bytes, length, flags);
    } else {
        __u64 flags = bpf_ringbuf_query(&control, BPF_RB_AVAIL_DATA) > (2 << 20) ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
        failed = bpf_ringbuf_output(&control, scratch->bytes, length, flags);
    }
    if (failed) count_loss(head_of(scratch));
    return 0;
}

// Where the next piece goes: a place that the verifier sees to be inside.
static __always_inline __u8 *place(struct scratch *scratch) {
    return &scratch->bytes[scratch->used & (ROOM - 1)];
}

static __always_inline int has_room(struct scratch *scratch) {
    return scratch->used < ROOM - TEXT;
}

static __always_inline void keep(struct scratch *scratch, __u32 number, long count) {
    if (count < 0) {
        head_of(scratch)->flags |= SENSOR_UNREADABLE;
        return;
    }
    if (count > PIECE) count = PIECE;
    if (number < SENSOR_PIECES) head_of(scratch)->pieces[number] = count;
    scratch->used += count;
}

__noinline int user_text(__u64 address, __u32 number) {
    struct scratch *scratch = the_scratch();
    if (!scratch || !address || !has_room(scratch)) return 0;
    long count = bpf_probe_read_user_str(place(scratch), TEXT, (const void *)address);
    if (count >= TEXT) head_of(scratch)->flags |= SENSOR_CUT;
    keep(scratch, number, count > 0 ? count - 1 : count);
    return 0;
}

__noinline int user_bytes(__u64 address, __u64 count, __u32 number) {
    struct scratch *scratch = the_scratch();
    if (!scratch || !address || !count || !has_room(scratch)) return 0;
    if (count > PIECE) {
        count = PIECE;
        head_of(scratch)->flags |= SENSOR_CUT;
    }
    long failed = bpf_probe_read_user(place(scratch), count & PIECE, (const void *)address);
    keep(scratch, number, failed ? -1 : (long)count);
    return 0;
}

// A name and a zero byte. False where there is none, or no more room.
static __always_inline int put_name(struct scratch *scratch, __u32 start, const void *address) {
    if (scratch->used - start > TEXT - NAME || !has_room(scratch)) {
        head_of(scratch)->flags |= SENSOR_CUT;
        return 0;
    }
    long count = bpf_probe_read_kernel_str(place(scratch), NAME, address);
    if (count <= 0) return 0;
    scratch->used += count & (2 * NAME - 1);
    return 1;
}

// A path, its names from the last to the first, each ended by a zero byte, across mounts.
__noinline int names(__u64 dentry_address, __u64 mounted, __u32 number) {
    struct scratch *scratch = the_scratch();
    if (!scratch || !dentry_address) return 0;
    __u32 start = scratch->used;
    struct dentry *dentry = (void *)dentry_address;
    struct mount *mount = (void *)mounted - bpf_core_field_offset(struct mount, mnt);
    for (int depth = 0; depth < DEPTH; depth++) {
        struct dentry *root = BPF_CORE_READ(mount, mnt.mnt_root);
        struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
        if (dentry == root || dentry == parent) {
            struct mount *below = BPF_CORE_READ(mount, mnt_parent);
            if (dentry != root || below == mount) break;
            dentry = BPF_CORE_READ(mount, mnt_mountpoint);
            mount = below;
            continue;
        }
        if (!put_name(scratch, start, BPF_CORE_READ(dentry, d_name.name))) break;
        dentry = parent;
    }
    if (number < SENSOR_PIECES) head_of(scratch)->pieces[number] = scratch->used - start;
    return 0;
}

// The names of a cgroup, likewise from the last to the first.
__noinline int cgroup_names(__u64 task_address, __u32 number) {
    struct task_struct *task = (void *)task_address;
    struct scratch *scratch = the_scratch();
    if (!scratch) return 0;
    __u32 start = scratch->used;
    struct kernfs_node *node = cgroup_node(task);
    head_of(scratch)->cgroup = BPF_CORE_READ(node, id);
    for (int depth = 0; depth < DEPTH; depth++) {
        struct kernfs_node *parent = kernfs_parent(node);
        if (!parent || !put_name(scratch, start, BPF_CORE_READ(node, name))) break;
        node = parent;
    }
    if (number < SENSOR_PIECES) head_of(scratch)->pieces[number] = scratch->used - start;
    return 0;
}

// MARK: Processes

static __always_inline __u32 number_in(struct pid *pid, int isOwn) {
    __u32 level = isOwn ? BPF_CORE_READ(pid, level) : 0;
    struct upid upid = {};
    bpf_probe_read_kernel(&upid, sizeof(upid), (void *)pid + bpf_core_field_offset(struct pid, numbers) + (level & 31) * bpf_core_type_size(struct upid));
    return upid.nr;
}

// Whether the task could change its own program. Lists of access (ACL) are not looked at.
static __always_inline int may_write(struct task_struct *task, struct inode *inode) {
    struct cred *cred = BPF_CORE_READ(task, cred);
    __u16 mode = BPF_CORE_READ(inode, i_mode);
    __u64 effective = 0;
    bpf_core_read(&effective, 8, &cred->cap_effective);
    if (effective & CAPABILITY_DAC_OVERRIDE) return 1;
    if (BPF_CORE_READ(cred, fsuid.val) == BPF_CORE_READ(inode, i_uid.val)) return (mode & 0200) != 0;
    if (BPF_CORE_READ(cred, fsgid.val) == BPF_CORE_READ(inode, i_gid.val)) return (mode & 0020) != 0;
    return (mode & 0002) != 0;
}

static __always_inline void exe_facts(struct sensor_process *process, struct task_struct *task, struct file *file) {
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    process->exe_inode = BPF_CORE_READ(inode, i_ino);
    inode_times(inode, &process->exe_ctime, &process->exe_mtime);
    struct super_block *block = BPF_CORE_READ(inode, i_sb);
    unsigned long magic = BPF_CORE_READ(block, s_magic);
    if (magic == OVERLAY_MAGIC) {
        // Of a file in an overlay the inode is followed by the entry in the upper layer, where there is one.
        struct dentry *upper = 0;
        bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
        process->exe_flags |= upper && BPF_CORE_READ(upper, d_inode) ? EXE_UPPER_LAYER : EXE_LOWER_LAYER;
    }
    if (magic == TMPFS_MAGIC && BPF_CORE_READ(inode, i_nlink) == 0) {
        char name[8] = {};
        bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
        if (name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' && name[5] == ':')
            process->exe_flags |= EXE_MEMFD;
    }
    if (may_write(task, inode)) process->exe_flags |= EXE_WRITABLE;
}

__noinline int process_facts(__u64 task_address, __u64 clone_flags) {
    struct task_struct *task = (void *)task_address;
    struct scratch *scratch = the_scratch();
    if (!scratch) return 0;
    struct sensor_process *process = (struct sensor_process *)(scratch->bytes + sizeof(struct sensor_head));
    scratch->used = sizeof(struct sensor_head) + sizeof(*process);
    __builtin_memset(process, 0, sizeof(*process));
    struct task_struct *leader = BPF_CORE_READ(task, group_leader);
    struct signal_struct *signal = BPF_CORE_READ(task, signal);
    process->new_tid = BPF_CORE_READ(task, pid);
    process->new_pid = BPF_CORE_READ(task, tgid);
    process->vtid = number_in(BPF_CORE_READ(task, thread_pid), 1);
    process->vpid = number_in(BPF_CORE_READ(leader, thread_pid), 1);
    struct pid *group = BPF_CORE_READ(signal, pids[PIDTYPE_PGID]);
    process->group = number_in(group, 0);
    process->vgroup = number_in(group, 1);
    process->session = number_in(BPF_CORE_READ(signal, pids[PIDTYPE_SID]), 0);
    process->login_uid = bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : (__u32)-1;
    struct tty_struct *tty = BPF_CORE_READ(signal, tty);
    if (tty) {
        struct tty_driver *driver = BPF_CORE_READ(tty, driver);
        __u32 minor = BPF_CORE_READ(driver, minor_start) + BPF_CORE_READ(tty, index);
        process->tty = (minor & 0xff) | (BPF_CORE_READ(driver, major) << 8) | ((minor & ~0xffu) << 12);
    }
    struct cred *cred = BPF_CORE_READ(task, cred);
    bpf_core_read(&process->cap_inheritable, 8, &cred->cap_inheritable);
    bpf_core_read(&process->cap_permitted, 8, &cred->cap_permitted);
    bpf_core_read(&process->cap_effective, 8, &cred->cap_effective);
    process->clone_flags = clone_flags;
    process->pidns_started = BPF_CORE_READ(task, nsproxy, pid_ns_for_children, child_reaper, start_boottime);
    bpf_core_read_str(process->command, sizeof(process->command), &task->comm);
    struct file *file = BPF_CORE_READ(task, mm, exe_file);
    if (file) exe_facts(process, task, file);
    return 0;
}

__noinline int process_pieces(__u64 task_address) {
    struct task_struct *task = (void *)task_address;
    struct mm_struct *mm = BPF_CORE_READ(task, mm);
    if (!mm) return 0;
    __u64 start = BPF_CORE_READ(mm, arg_start), stop = BPF_CORE_READ(mm, arg_end);
    if (stop > start) user_bytes(start, stop - start, 0);
    struct file *file = BPF_CORE_READ(mm, exe_file);
    names((__u64)BPF_CORE_READ(file, f_path.dentry), (__u64)BPF_CORE_READ(file, f_path.mnt), 1);
    return 0;
}

__noinline int place_pieces(__u64 task_address) {
    struct task_struct *task = (void *)task_address;
    cgroup_names(task_address, 2);
    names((__u64)BPF_CORE_READ(task, fs, pwd.dentry), (__u64)BPF_CORE_READ(task, fs, pwd.mnt), 3);
    return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(on_fork, struct task_struct *task, unsigned long clone_flags) {
    struct scratch *scratch = begin(SENSOR_FORK, 0);
    if (!scratch) return 0;
    __u64 made = address_of(task);
    process_facts(made, clone_flags);
    if (clone_flags & FLAG_THREAD)
        head_of(scratch)->flags |= SENSOR_THREAD;
    else
        place_pieces(made);
    return end();
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task) {
    struct scratch *scratch = begin(SENSOR_EXIT, 0);
    if (!scratch) return 0;
    head_of(scratch)->result = task->exit_code;
    return end();
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(on_io_uring, struct io_kiocb *request) {
    struct scratch *scratch = begin(SENSOR_IO_URING, SHAPE_LANE_DATA);
    if (!scratch) return 0;
    head_of(scratch)->arguments[0] = BPF_CORE_READ(request, opcode);
    head_of(scratch)->arguments[1] = BPF_CORE_READ(request, cqe.fd);
    return end();
}

// MARK: Sockets

static __always_inline struct sock *sock_of(struct task_struct *task, __u64 descriptor) {
    struct fdtable *table = BPF_CORE_READ(task, files, fdt);
    if (descriptor >= BPF_CORE_READ(table, max_fds)) return 0;
    struct file **files = BPF_CORE_READ(table, fd);
    struct file *file = 0;
    bpf_probe_read_kernel(&file, sizeof(file), files + descriptor);
    if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & 0170000) != 0140000) return 0;
    struct socket *opened = BPF_CORE_READ(file, private_data);
    return BPF_CORE_READ(opened, sk);
}

// The name of a Unix socket, or of the one at its other end.
static __always_inline void unix_name(struct scratch *scratch, struct unix_sock *own, struct unix_sock *other) {
    struct unix_address *address = BPF_CORE_READ(own, addr);
    if (!address && other) address = BPF_CORE_READ(other, addr);
    if (!address || !has_room(scratch)) return;
    long failed = bpf_probe_read_kernel(place(scratch), 110, (void *)address + bpf_core_field_offset(struct unix_address, name));
    __u32 count = BPF_CORE_READ(address, len);
    keep(scratch, 1, failed ? -1 : count > 110 ? 110 : count);
}

__noinline int socket_facts(__u64 task, __u64 descriptor) {
    struct scratch *scratch = the_scratch();
    struct sock *sock = sock_of((void *)task, descriptor);
    if (!scratch || !sock) return 0;
    struct sensor_socket *socket = (struct sensor_socket *)(scratch->bytes + sizeof(struct sensor_head));
    __builtin_memset(socket, 0, sizeof(*socket));
    scratch->used = sizeof(struct sensor_head) + sizeof(*socket);
    head_of(scratch)->flags |= SENSOR_SOCKET;
    __u16 family = BPF_CORE_READ(sock, __sk_common.skc_family);
    socket->family = family;
    socket->type = BPF_CORE_READ(sock, sk_type);
    socket->protocol = BPF_CORE_READ(sock, sk_protocol);
    if (family == FAMILY_UNIX) {
        struct unix_sock *own = (void *)sock;
        struct unix_sock *other = (void *)BPF_CORE_READ(own, peer);
        socket->local_object = (__u64)own;
        socket->remote_object = (__u64)other;
        unix_name(scratch, own, other);
        return 0;
    }
    if (family == FAMILY_INET) {
        bpf_core_read(socket->local, 4, &sock->__sk_common.skc_rcv_saddr);
        bpf_core_read(socket->remote, 4, &sock->__sk_common.skc_daddr);
    } else if (family == FAMILY_INET6) {
        bpf_core_read(socket->local, 16, &sock->__sk_common.skc_v6_rcv_saddr);
        bpf_core_read(socket->remote, 16, &sock->__sk_common.skc_v6_daddr);
    }
    socket->local_port = BPF_CORE_READ(sock, __sk_common.skc_num);
    socket->remote_port = __builtin_bswap16(BPF_CORE_READ(sock, __sk_common.skc_dport));
    return 0;
}

// MARK: System calls

// Arguments of a program that did not start; they are in the caller's memory, one pointer each.
__noinline int failed_exec(__u64 path, __u64 arguments) {
    user_text(path, 1);
    struct scratch *scratch = the_scratch();
    if (!scratch) return 0;
    __u32 start = scratch->used;
    for (int number = 0; number < 16; number++) {
        __u64 address = 0;
        if (bpf_probe_read_user(&address, 8, (void *)(arguments + 8 * number)) || !address || !has_room(scratch)) break;
        long count = bpf_probe_read_user_str(place(scratch), NAME, (void *)address);
        if (count <= 0) break;
        scratch->used += count & (2 * NAME - 1);
    }
    // Behind the path in the record, so the fifth piece rather than the first.
    head_of(scratch)->pieces[4] = scratch->used - start;
    return 0;
}

// The three sets of capabilities, 8 bytes each.
__noinline int capabilities(__u64 task_address) {
    struct task_struct *task = (void *)task_address;
    struct scratch *scratch = the_scratch();
    if (!scratch || !has_room(scratch)) return 0;
    struct cred *cred = BPF_CORE_READ(task, cred);
    __u8 *place_of_sets = place(scratch);
    bpf_core_read(place_of_sets, 8, &cred->cap_inheritable);
    bpf_core_read(place_of_sets + 8, 8, &cred->cap_permitted);
    bpf_core_read(place_of_sets + 16, 8, &cred->cap_effective);
    keep(scratch, 0, 24);
    return 0;
}

static __always_inline __u64 at_most(__u64 count) { return count > ADDRESS ? ADDRESS : count; }

__noinline int read_arguments(__u64 task) {
    struct scratch *scratch = the_scratch();
    if (!scratch) return 0;
    struct sensor_head *head = head_of(scratch);
    __u64 *arguments = head->arguments;
    switch (scratch->shape & ~SHAPE_LANE_DATA) {
    case SHAPE_PATH_0: user_text(arguments[0], 0); break;
    case SHAPE_PATH_1: user_text(arguments[1], 0); break;
    case SHAPE_PATHS_0_1:
        user_text(arguments[0], 0);
        user_text(arguments[1], 1);
        break;
    case SHAPE_PATHS_1_3:
        user_text(arguments[1], 0);
        user_text(arguments[3], 1);
        break;
    case SHAPE_PATHS_0_2:
        user_text(arguments[0], 0);
        user_text(arguments[2], 1);
        break;
    case SHAPE_MOUNT:
        user_text(arguments[0], 0);
        user_text(arguments[1], 1);
        user_text(arguments[2], 2);
        break;
    case SHAPE_OPEN_HOW:
        user_text(arguments[1], 0);
        user_bytes(arguments[2], 24, 1);
        break;
    case SHAPE_ADDRESS:
        socket_facts(task, arguments[0]);
        user_bytes(arguments[1], at_most(arguments[2]), 0);
        break;
    case SHAPE_SEND_TO:
        socket_facts(task, arguments[0]);
        user_bytes(arguments[4], at_most(arguments[5]), 0);
        break;
    case SHAPE_MESSAGE: {
        struct user_message message = {};
        socket_facts(task, arguments[0]);
        if (!bpf_probe_read_user(&message, sizeof(message), (void *)arguments[1]))
            user_bytes(message.name, at_most(message.name_length), 0);
        break;
    }
    case SHAPE_ACCEPT:
        if (head->result >= 0) socket_facts(task, head->result);
        break;
    case SHAPE_DESCRIPTOR: socket_facts(task, arguments[0]); break;
    case SHAPE_EXEC: failed_exec(arguments[0], arguments[1]); break;
    case SHAPE_EXEC_AT: failed_exec(arguments[1], arguments[2]); break;
    case SHAPE_CAPABILITIES: capabilities(task); break;
    case SHAPE_PAIR: user_bytes(head->syscall == SOCKETPAIR_NUMBER ? arguments[3] : arguments[0], 8, 0); break;
    }
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_return, struct pt_regs *registers, long result) {
    __u32 number = (__u32)SYSCALL_NUMBER(registers);
    __u8 *shape = bpf_map_lookup_elem(&shapes, &number);
    if (!shape || !*shape) return 0;
    __u64 task = bpf_get_current_task();
    __u8 kind = *shape & ~SHAPE_LANE_DATA;
    int runs = result == 0 && (kind == SHAPE_EXEC || kind == SHAPE_EXEC_AT);
    struct scratch *scratch = begin(runs ? SENSOR_EXEC : SENSOR_SYSCALL, *shape);
    if (!scratch) return 0;
    struct sensor_head *head = head_of(scratch);
    head->syscall = number;
    head->result = result;
    head->arguments[0] = ARGUMENT_0(registers);
    head->arguments[1] = ARGUMENT_1(registers);
    head->arguments[2] = ARGUMENT_2(registers);
    head->arguments[3] = ARGUMENT_3(registers);
    head->arguments[4] = ARGUMENT_4(registers);
    head->arguments[5] = ARGUMENT_5(registers);
    if (is_compat((void *)bpf_get_current_task_btf())) {
        // Programs of 32 bits count their system calls otherwise: that there was one is told, and nothing read for it.
        head->flags |= SENSOR_COMPAT;
    } else if (runs) {
        process_facts(task, 0);
        process_pieces(task);
        place_pieces(task);
    } else {
        read_arguments(task);
    }
    return end();
}

// MARK: Connections that are denied

struct address_key {
    __u32 bits;
    __u8 address[16];
};

// Blocks of addresses, IPv4 ones as ::ffff:a.b.c.d.
struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 65536);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct address_key);
    __type(value, __u64);
} denied SEC(".maps");

static __always_inline int judge(struct address_key *key, __u16 family, __u32 port) {
    if (!bpf_map_lookup_elem(&denied, key)) return 1;
    struct scratch *scratch = begin(SENSOR_DENIED, 0);
    if (!scratch) return 0;
    struct sensor_head *head = head_of(scratch);
    head->arguments[0] = family;
    head->arguments[1] = __builtin_bswap16(port);
    __builtin_memcpy(scratch->bytes + sizeof(*head), key->address, 16);
    scratch->used = sizeof(*head) + 16;
    head->pieces[0] = 16;
    end();
    return 0;
}

static __always_inline int judge4(struct bpf_sock_addr *context) {
    struct address_key key = {.bits = 128};
    key.address[10] = key.address[11] = 0xff;
    __u32 address = context->user_ip4;
    __builtin_memcpy(key.address + 12, &address, 4);
    return judge(&key, FAMILY_INET, context->user_port);
}

static __always_inline int judge6(struct bpf_sock_addr *context) {
    struct address_key key = {.bits = 128};
    __u32 words[4] = {context->user_ip6[0], context->user_ip6[1], context->user_ip6[2], context->user_ip6[3]};
    __builtin_memcpy(key.address, words, 16);
    return judge(&key, FAMILY_INET6, context->user_port);
}

SEC("cgroup/connect4")
int on_connect4(struct bpf_sock_addr *context) { return judge4(context); }

SEC("cgroup/connect6")
int on_connect6(struct bpf_sock_addr *context) { return judge6(context); }

SEC("cgroup/sendmsg4")
int on_send4(struct bpf_sock_addr *context) { return judge4(context); }

SEC("cgroup/sendmsg6")
int on_send6(struct bpf_sock_addr *context) { return judge6(context); }
