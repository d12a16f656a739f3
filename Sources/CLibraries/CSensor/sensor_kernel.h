/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
   Copyright the Redoubt authors

   The few members of the kernel's structures that the sensor reads. Where they are in memory is looked up when the
   programs are loaded (CO-RE), so the order here means nothing, and a member that is missing can be asked for first. */
#ifndef REDOUBT_SENSOR_KERNEL_H
#define REDOUBT_SENSOR_KERNEL_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct { __u32 val; } kuid_t;
typedef struct { __u32 val; } kgid_t;
typedef struct { __u64 val; } kernel_cap_t;

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID, PIDTYPE_MAX };
enum cgroup_subsys_id { memory_cgrp_id = 4 };

struct upid { int nr; };
struct pid { unsigned int level; struct upid numbers[1]; };
struct cred { kuid_t uid, fsuid; kgid_t gid, fsgid; kernel_cap_t cap_inheritable, cap_permitted, cap_effective; };
struct tty_driver { int major, minor_start; };
struct tty_struct { struct tty_driver *driver; int index; };
struct signal_struct { struct pid *pids[PIDTYPE_MAX]; struct tty_struct *tty; };

struct qstr { const unsigned char *name; };
struct super_block { unsigned long s_magic; };
struct inode {
    __u16 i_mode;
    kuid_t i_uid;
    kgid_t i_gid;
    unsigned long i_ino;
    unsigned int i_nlink;
    struct super_block *i_sb;
    __s64 i_mtime_sec, i_ctime_sec;
    __u32 i_mtime_nsec, i_ctime_nsec;
};
struct dentry { struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; };
struct vfsmount { struct dentry *mnt_root; };
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; };
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct file { struct path f_path; struct inode *f_inode; void *private_data; };
struct fdtable { unsigned int max_fds; struct file **fd; };
struct files_struct { struct fdtable *fdt; };
struct fs_struct { struct path pwd; };
struct mm_struct { unsigned long arg_start, arg_end; struct file *exe_file; };

struct kernfs_node { struct kernfs_node *parent; const char *name; __u64 id; };
struct kernfs_node___since_6_15 { struct kernfs_node *__parent; };
struct cgroup { struct kernfs_node *kn; };
struct cgroup_subsys_state { struct cgroup *cgroup; };
struct css_set { struct cgroup_subsys_state *subsys[1]; struct cgroup *dfl_cgrp; };

struct task_struct;
struct pid_namespace { struct task_struct *child_reaper; };
struct nsproxy { struct pid_namespace *pid_ns_for_children; };
struct thread_info { __u32 status; unsigned long flags; };
struct task_struct {
    struct thread_info thread_info;
    int pid, tgid, exit_code;
    struct task_struct *real_parent, *group_leader;
    struct pid *thread_pid;
    struct cred *cred;
    struct nsproxy *nsproxy;
    struct signal_struct *signal;
    struct files_struct *files;
    struct fs_struct *fs;
    struct mm_struct *mm;
    struct css_set *cgroups;
    kuid_t loginuid;
    __u64 start_boottime;
    char comm[16];
};

struct in6_addr { __u8 bytes[16]; };
struct sock_common {
    __u32 skc_daddr, skc_rcv_saddr;
    __u16 skc_dport, skc_num, skc_family;
    struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct sock { struct sock_common __sk_common; __u16 sk_type, sk_protocol; };
struct socket { struct sock *sk; };
struct sockaddr_un { __u16 sun_family; };
struct unix_address { int len; struct sockaddr_un name[1]; };
struct unix_sock { struct sock *peer; struct unix_address *addr; };

struct io_cqe { int fd; };
struct io_kiocb { __u8 opcode; struct io_cqe cqe; };

#if defined(__TARGET_ARCH_x86)
struct pt_regs { unsigned long di, si, dx, r10, r8, r9, orig_ax; };
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs { __u64 regs[31]; __u64 orig_x0; int syscallno; };
#endif

#pragma clang attribute pop

#if defined(__TARGET_ARCH_x86)
#define SYSCALL_NUMBER(r) ((r)->orig_ax)
#define ARGUMENT_0(r) ((r)->di)
#define ARGUMENT_1(r) ((r)->si)
#define ARGUMENT_2(r) ((r)->dx)
#define ARGUMENT_3(r) ((r)->r10)
#define ARGUMENT_4(r) ((r)->r8)
#define ARGUMENT_5(r) ((r)->r9)
enum { SOCKETPAIR_NUMBER = 53 };
#elif defined(__TARGET_ARCH_arm64)
#define SYSCALL_NUMBER(r) ((r)->syscallno)
#define ARGUMENT_0(r) ((r)->orig_x0)
#define ARGUMENT_1(r) ((r)->regs[1])
#define ARGUMENT_2(r) ((r)->regs[2])
#define ARGUMENT_3(r) ((r)->regs[3])
#define ARGUMENT_4(r) ((r)->regs[4])
#define ARGUMENT_5(r) ((r)->regs[5])
enum { SOCKETPAIR_NUMBER = 199 };
#else
#error "the sensor is written for x86-64 and arm64"
#endif

enum {
    FAMILY_UNIX = 1,
    FAMILY_INET = 2,
    FAMILY_INET6 = 10,
    OVERLAY_MAGIC = 0x794c7630,
    TMPFS_MAGIC = 0x01021994,
    FLAG_THREAD = 0x00010000,
    CAPABILITY_DAC_OVERRIDE = 1 << 1,
};

/* The beginning of a struct msghdr, as programs of 64 bits have it. */
struct user_message { __u64 name; __u32 name_length; __u32 padding; };

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *node) {
    struct kernfs_node___since_6_15 *since = (void *)node;
    if (bpf_core_field_exists(since->__parent)) return BPF_CORE_READ(since, __parent);
    return BPF_CORE_READ(node, parent);
}

// Where processes are only in hierarchies of the first version, that of memory tells of containers.
static __always_inline struct kernfs_node *cgroup_node(struct task_struct *task) {
    struct kernfs_node *node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
    if (kernfs_parent(node) || !bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)) return node;
    struct css_set *set = BPF_CORE_READ(task, cgroups);
    struct cgroup_subsys_state *state = 0;
    __u32 place = bpf_core_field_offset(struct css_set, subsys)
        + bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) * sizeof(void *);
    bpf_probe_read_kernel(&state, sizeof(state), (void *)set + place);
    return state ? BPF_CORE_READ(state, cgroup, kn) : node;
}

static __always_inline void inode_times(struct inode *inode, __u64 *changed, __u64 *modified) {
    // Older kernels keep them otherwise; there the times stay unknown.
    if (!bpf_core_field_exists(inode->i_ctime_sec)) return;
    *changed = BPF_CORE_READ(inode, i_ctime_sec) * 1000000000ull + BPF_CORE_READ(inode, i_ctime_nsec);
    *modified = BPF_CORE_READ(inode, i_mtime_sec) * 1000000000ull + BPF_CORE_READ(inode, i_mtime_nsec);
}

/* Of a typed pointer. */
static __always_inline int is_compat(const struct task_struct *task) {
#if defined(__TARGET_ARCH_x86)
    return (task->thread_info.status & 2) != 0;
#else
    return (task->thread_info.flags & (1 << 22)) != 0;
#endif
}

#endif
