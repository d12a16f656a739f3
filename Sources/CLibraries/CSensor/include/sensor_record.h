/* SPDX-License-Identifier: Apache-2.0
   Copyright the Redoubt authors

   What the programs in the kernel write and the sensor reads: a head of fixed size, then what the kind adds, then pieces
   of bytes one after another. Integers are the machine's own. */
#ifndef REDOUBT_SENSOR_RECORD_H
#define REDOUBT_SENSOR_RECORD_H

#include <linux/types.h>

/* What happened; what a kind's pieces are is said behind it. */
enum sensor_kind {
    SENSOR_SYSCALL = 1,    /* a system call has returned; pieces: texts or addresses that its arguments point to */
    SENSOR_EXEC = 2,       /* a program runs; struct sensor_process; pieces: arguments, path, cgroup, cwd, environment */
    SENSOR_FORK = 3,       /* a task began; struct sensor_process of the new one; pieces: none, none, cgroup, cwd */
    SENSOR_EXIT = 4,       /* a task ended; result: its exit code */
    SENSOR_IO_URING = 5,   /* a request was put into an io_uring; argument 0: its operation */
    SENSOR_DENIED = 6,     /* a connection was denied; piece 0: its address */
};

/* What is to be done about a system call; the sensor says it for each number. */
enum sensor_shape {
    SHAPE_NONE = 0,
    SHAPE_RAW = 1,           /* its arguments alone */
    SHAPE_PATH_0 = 2,        /* argument 0 is a path */
    SHAPE_PATH_1 = 3,        /* argument 1 is a path, 0 a folder's descriptor */
    SHAPE_PATHS_0_1 = 4,     /* arguments 0 and 1 are paths */
    SHAPE_PATHS_1_3 = 5,     /* arguments 1 and 3 are paths, behind descriptors */
    SHAPE_PATHS_0_2 = 6,     /* arguments 0 and 2 are paths (symlinkat) */
    SHAPE_ADDRESS = 7,       /* argument 1 is an address of argument 2 bytes, 0 a socket */
    SHAPE_SEND_TO = 8,       /* argument 4 is an address of argument 5 bytes, 0 a socket */
    SHAPE_MESSAGE = 9,       /* argument 1 is a struct msghdr, 0 a socket */
    SHAPE_ACCEPT = 10,       /* the result is a socket */
    SHAPE_DESCRIPTOR = 11,   /* argument 0 is a descriptor whose socket is to be told (dup, listen) */
    SHAPE_EXEC = 12,         /* a program that could not be run: argument 0 is its path, 1 its arguments */
    SHAPE_EXEC_AT = 13,      /* the same with a folder's descriptor before */
    SHAPE_MOUNT = 14,        /* arguments 0, 1 and 2 are texts */
    SHAPE_OPEN_HOW = 15,     /* argument 1 is a path, argument 2 points to struct open_how */
    SHAPE_PAIR = 16,         /* an argument points to two descriptors: 0 of pipe, 3 of socketpair */
    SHAPE_CAPABILITIES = 17, /* the capabilities that the task has now are told */
    SHAPE_LANE_DATA = 0x80,  /* a flag: it may wait behind those that matter more, and is lost first */
};

enum { SENSOR_PIECES = 6, SENSOR_MAX_SYSCALL = 512 };

/* Flags of a record. */
enum {
    SENSOR_COMPAT = 1,          /* a system call of a 32-bit program: the number is of another table */
    SENSOR_CUT = 2,             /* a piece was longer than what is kept */
    SENSOR_SOCKET = 4,          /* struct sensor_socket follows the head */
    SENSOR_UNREADABLE = 8,      /* a pointer could not be followed */
    SENSOR_THREAD = 16,         /* the new task is a thread of its process */
};

struct sensor_head {
    __u64 time;                 /* nanoseconds since the start of the machine, sleep included */
    __u32 length;               /* of all the record */
    __u16 kind;
    __u16 cpu;
    __u32 tid, pid, parent;     /* as the machine's own namespace counts */
    __u32 uid, gid;
    __s32 syscall;
    __u32 flags;
    __u32 reserved;
    __s64 result;
    __u64 arguments[6];
    __u64 cgroup;               /* which cgroup, to be compared with that of its process */
    __u64 started;              /* when the process began: with its number it is told from others of that number */
    __u16 pieces[SENSOR_PIECES];
    __u32 reserved2;
};

struct sensor_socket {
    __u16 family, type, protocol;
    __u16 local_port, remote_port;      /* in the machine's order */
    __u16 reserved[3];
    __u8 local[16], remote[16];         /* 4 bytes of them for IPv4 */
    __u64 local_object, remote_object;  /* which ends of a Unix socket */
};

struct sensor_process {
    __u32 new_tid, new_pid;             /* of the new task, for a fork */
    __u32 vtid, vpid, session, group, vgroup;
    __u32 login_uid;
    __u32 tty;
    __u32 exe_flags;                    /* EXE_* */
    __u64 cap_inheritable, cap_permitted, cap_effective;
    __u64 exe_inode, exe_ctime, exe_mtime;
    __u64 clone_flags;
    __u64 pidns_started;
    char command[16];
};

enum { EXE_WRITABLE = 1, EXE_UPPER_LAYER = 2, EXE_MEMFD = 4, EXE_LOWER_LAYER = 8 };

/* What was lost, by system call or kind, of each processor. */
enum { SENSOR_COUNTERS = SENSOR_MAX_SYSCALL + 16 };

#endif
