// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The fields of system calls: names, types and arguments as falcosecurity/libs documents them
/// (`userspace/libsinsp/sinsp_filtercheck_*.cpp`) and its container plugin for `container.*` and `k8s.*`.
///
/// One line each: name, type, then `index`/`key` (with `?` where it may be left out), `list`/`ends`/`ancestors` for
/// fields of several values, and flags: `filter` (not in outputs), `print` (not in conditions), `old` (deprecated),
/// `left` (never on the right side, nor in a transformer), `process` (see ``FieldReader/processStamp``). The place of a
/// line is the field's number.
enum SystemFieldTable {
    static let text: StaticString = """
        evt.num uint
        evt.time text
        evt.time.s text
        evt.time.iso8601 text
        evt.datetime text
        evt.datetime.s text
        evt.rawtime time
        evt.rawtime.s time
        evt.rawtime.ns time
        evt.reltime duration
        evt.reltime.s duration
        evt.reltime.ns duration
        evt.pluginname text
        evt.plugininfo text
        evt.source text
        evt.is_async bool
        evt.asynctype text
        evt.hostname text
        evt.latency duration old
        evt.latency.s duration old
        evt.latency.ns duration old
        evt.latency.quantized uint old
        evt.latency.human text old
        evt.deltatime duration
        evt.deltatime.s duration
        evt.deltatime.ns duration
        evt.outputtime text print
        evt.dir text old
        evt.type text
        evt.type.is uint key
        syscall.type text
        evt.category text
        evt.cpu int
        evt.args text
        evt.arg text key
        evt.rawarg dynamic key left
        evt.info text
        evt.buffer buffer
        evt.buflen uint
        evt.res text
        evt.rawres int
        evt.failed bool
        evt.is_io bool
        evt.is_io_read bool
        evt.is_io_write bool
        evt.io_dir text
        evt.is_wait bool
        evt.wait_latency duration old
        evt.is_syslog bool
        evt.count uint
        evt.count.error uint
        evt.count.error.file uint
        evt.count.error.net uint
        evt.count.error.memory uint
        evt.count.error.other uint
        evt.count.exit uint
        evt.count.procinfo uint
        evt.count.threadinfo uint
        evt.around uint key filter left
        evt.abspath text key?
        evt.buflen.in uint
        evt.buflen.out uint
        evt.buflen.file uint
        evt.buflen.file.in uint
        evt.buflen.file.out uint
        evt.buflen.net uint
        evt.buflen.net.in uint
        evt.buflen.net.out uint
        evt.is_open_read bool
        evt.is_open_write bool
        evt.is_open_exec bool
        evt.is_open_create bool
        evt.infra.docker.name text
        evt.infra.docker.container.id text
        evt.infra.docker.container.name text
        evt.infra.docker.container.image text
        proc.exe text process
        proc.pexe text
        proc.aexe text index? ancestors
        proc.exepath text process
        proc.pexepath text
        proc.aexepath text index? ancestors
        proc.name text process
        proc.pname text
        proc.aname text index? ancestors
        proc.args text process
        proc.aargs text index? ancestors
        proc.cmdline text process
        proc.pcmdline text
        proc.acmdline text index? ancestors
        proc.cmdnargs uint process
        proc.cmdlenargs uint process
        proc.exeline text process
        proc.env text key? process
        proc.aenv text key? ancestors
        proc.cwd text
        proc.loginshellid int
        proc.tty uint process
        proc.pid int process
        proc.ppid int
        proc.apid int index? ancestors
        proc.vpid int process
        proc.pvpid int
        proc.sid int process
        proc.sname text
        proc.sid.exe text
        proc.sid.exepath text
        proc.vpgid int process
        proc.vpgid.name text
        proc.vpgid.exe text
        proc.vpgid.exepath text
        proc.pgid int process
        proc.pgid.name text
        proc.pgid.exe text
        proc.pgid.exepath text
        proc.is_pgid_leader bool process
        proc.duration duration
        proc.ppid.duration duration
        proc.pid.ts time process
        proc.ppid.ts time
        proc.is_exe_writable bool process
        proc.is_exe_upper_layer bool process
        proc.is_exe_lower_layer bool process
        proc.is_exe_from_memfd bool process
        proc.is_sid_leader bool process
        proc.is_vpgid_leader bool process
        proc.exe_ino uint process
        proc.exe_ino.ctime time process
        proc.exe_ino.mtime time process
        proc.exe_ino.ctime_duration_proc_start time process
        proc.exe_ino.ctime_duration_pidns_start time process
        proc.pidns_init_start_ts uint process
        thread.cap_permitted text process
        thread.cap_inheritable text process
        thread.cap_effective text process
        proc.is_container_healthcheck bool
        proc.is_container_liveness_probe bool
        proc.is_container_readiness_probe bool
        proc.fdopencount uint
        proc.fdlimit int
        proc.fdusage double
        proc.vmsize uint
        proc.vmrss uint
        proc.vmswap uint
        thread.pfmajor uint
        thread.pfminor uint
        thread.tid int
        thread.ismain bool
        thread.vtid int
        thread.nametid text
        thread.exectime duration
        thread.totexectime duration
        thread.cgroups text process
        thread.cgroup text key process
        proc.nthreads uint
        proc.nchilds uint
        thread.cpu double
        thread.cpu.user double
        thread.cpu.system double
        thread.vmsize uint
        thread.vmrss uint
        thread.vmsize.b uint
        thread.vmrss.b uint
        proc.stdin.type text
        proc.stdout.type text
        proc.stderr.type text
        proc.stdin.name text
        proc.stdout.name text
        proc.stderr.name text
        user.uid uint process
        user.name text process
        user.homedir text process
        user.shell text process
        user.loginuid int process
        user.loginname text process
        group.gid uint process
        group.name text process
        fd.num int
        fd.type text
        fd.typechar text
        fd.name text
        fd.directory text
        fd.filename text
        fd.ip address ends filter
        fd.cip address
        fd.sip address
        fd.lip address
        fd.rip address
        fd.port port ends filter
        fd.cport port
        fd.sport port
        fd.lport port
        fd.rport port
        fd.l4proto text
        fd.sockfamily text
        fd.is_server bool
        fd.uid text
        fd.containername text
        fd.containerdirectory text
        fd.proto port ends filter
        fd.cproto text
        fd.sproto text
        fd.lproto text
        fd.rproto text
        fd.net network ends filter left
        fd.cnet network filter left
        fd.snet network filter left
        fd.lnet network filter left
        fd.rnet network filter left
        fd.connected bool
        fd.name_changed bool
        fd.cip.name text
        fd.sip.name text
        fd.lip.name text
        fd.rip.name text
        fd.dev uint
        fd.dev.major uint
        fd.dev.minor uint
        fd.ino uint
        fd.nameraw text
        fd.types text index? list
        fd.is_upper_layer bool
        fd.is_lower_layer bool
        fs.path.name text
        fs.path.nameraw text
        fs.path.source text
        fs.path.sourceraw text
        fs.path.target text
        fs.path.targetraw text
        fdlist.nums text
        fdlist.names text
        fdlist.cips text
        fdlist.sips text
        fdlist.cports text
        fdlist.sports text
        syslog.facility.str text
        syslog.facility uint
        syslog.severity.str text
        syslog.severity uint
        syslog.message text
        util.cnt uint
        container.id text process
        container.full_id text process
        container.name text process
        container.image text process
        container.image.id text process
        container.type text process
        container.privileged bool process
        container.mounts text process
        container.mount text key process
        container.mount.source text key process
        container.mount.dest text key process
        container.mount.mode text key process
        container.mount.rdwr text key process
        container.mount.propagation text key process
        container.image.repository text process
        container.image.tag text process
        container.image.digest text process
        container.healthcheck text process
        container.liveness_probe text process
        container.readiness_probe text process
        container.start_ts time process
        container.duration duration
        container.ip text process
        container.cni.json text process
        container.host_pid bool process
        container.host_network bool process
        container.host_ipc bool process
        container.label text key process
        container.labels text process
        k8s.ns.name text process
        k8s.pod.name text process
        k8s.pod.id text process old
        k8s.pod.uid text process
        k8s.pod.sandbox_id text process
        k8s.pod.full_sandbox_id text process
        k8s.pod.label text key process
        k8s.pod.labels text process
        k8s.pod.ip text process
        k8s.pod.cni.json text process
        k8s.rc.name text process old
        k8s.rc.id text process old
        k8s.rc.label text key process old
        k8s.rc.labels text process old
        k8s.svc.name text process old
        k8s.svc.id text process old
        k8s.svc.label text key process old
        k8s.svc.labels text process old
        k8s.ns.id text process old
        k8s.ns.label text key process old
        k8s.ns.labels text process old
        k8s.rs.name text process old
        k8s.rs.id text process old
        k8s.rs.label text key process old
        k8s.rs.labels text process old
        k8s.deployment.name text process old
        k8s.deployment.id text process old
        k8s.deployment.label text key process old
        k8s.deployment.labels text process old
        """
}

extension FieldCatalogue {
    /// The fields of the source `syscall`.
    package static func system(eventTypes: EventTypeTable) -> FieldCatalogue {
        FieldCatalogue(source: "syscall", table: SystemFieldTable.text, eventTypes: eventTypes)
    }
}
