// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The fields of system calls that have values here, by group; the catalogue has more names than these.
///
/// The raw values are the names, so that the catalogue and the readers cannot disagree about a number.
enum SystemFieldCode: BitwiseCopyable {
    case event(EventField)
    case process(ProcessField)
    case ancestor(AncestorField)
    case account(AccountField)
    case descriptor(DescriptorField)
    case container(ContainerField)
    case time(TimeField)
    case path(PathField)
    /// A name without values: always absent.
    case none

    init(name: String) {
        if let field = EventField(rawValue: name) {
            self = .event(field)
        } else if let field = ProcessField(rawValue: name) {
            self = .process(field)
        } else if let field = AncestorField(rawValue: name) {
            self = .ancestor(field)
        } else if let field = AccountField(rawValue: name) {
            self = .account(field)
        } else if let field = DescriptorField(rawValue: name) {
            self = .descriptor(field)
        } else if let field = ContainerField(rawValue: name) {
            self = .container(field)
        } else if let field = TimeField(rawValue: name) {
            self = .time(field)
        } else if let field = PathField(rawValue: name) {
            self = .path(field)
        } else {
            self = .none
        }
    }

    enum EventField: String, BitwiseCopyable {
        case num = "evt.num"
        case rawTime = "evt.rawtime"
        case rawTimeSeconds = "evt.rawtime.s"
        case rawTimeNanoseconds = "evt.rawtime.ns"
        case source = "evt.source"
        case isAsync = "evt.is_async"
        case hostName = "evt.hostname"
        case latency = "evt.latency"
        case latencySeconds = "evt.latency.s"
        case latencyNanoseconds = "evt.latency.ns"
        case direction = "evt.dir"
        case type = "evt.type"
        case typeIs = "evt.type.is"
        case systemCall = "syscall.type"
        case category = "evt.category"
        case cpu = "evt.cpu"
        case arguments = "evt.args"
        case argument = "evt.arg"
        case rawArgument = "evt.rawarg"
        case info = "evt.info"
        case buffer = "evt.buffer"
        case bufferLength = "evt.buflen"
        case bufferLengthIn = "evt.buflen.in"
        case bufferLengthOut = "evt.buflen.out"
        case result = "evt.res"
        case rawResult = "evt.rawres"
        case failed = "evt.failed"
        case isIO = "evt.is_io"
        case isIORead = "evt.is_io_read"
        case isIOWrite = "evt.is_io_write"
        case ioDirection = "evt.io_dir"
        case isWait = "evt.is_wait"
        case count = "evt.count"
        case errorCount = "evt.count.error"
        case exitCount = "evt.count.exit"
        case isOpenRead = "evt.is_open_read"
        case isOpenWrite = "evt.is_open_write"
        case isOpenExecute = "evt.is_open_exec"
        case isOpenCreate = "evt.is_open_create"
        case absolutePath = "evt.abspath"
    }

    enum ProcessField: String, BitwiseCopyable {
        case executable = "proc.exe"
        case executablePath = "proc.exepath"
        case name = "proc.name"
        case arguments = "proc.args"
        case commandLine = "proc.cmdline"
        case argumentCount = "proc.cmdnargs"
        case argumentLength = "proc.cmdlenargs"
        case executableLine = "proc.exeline"
        case environment = "proc.env"
        case directory = "proc.cwd"
        case loginShell = "proc.loginshellid"
        case terminal = "proc.tty"
        case id = "proc.pid"
        case virtualID = "proc.vpid"
        case session = "proc.sid"
        case virtualGroup = "proc.vpgid"
        case group = "proc.pgid"
        case isGroupLeader = "proc.is_pgid_leader"
        case duration = "proc.duration"
        case start = "proc.pid.ts"
        case isWritable = "proc.is_exe_writable"
        case isUpperLayer = "proc.is_exe_upper_layer"
        case isLowerLayer = "proc.is_exe_lower_layer"
        case isFromMemory = "proc.is_exe_from_memfd"
        case isSessionLeader = "proc.is_sid_leader"
        case isVirtualGroupLeader = "proc.is_vpgid_leader"
        case inode = "proc.exe_ino"
        case inodeChange = "proc.exe_ino.ctime"
        case inodeModification = "proc.exe_ino.mtime"
        case changeBeforeStart = "proc.exe_ino.ctime_duration_proc_start"
        case changeBeforeNamespace = "proc.exe_ino.ctime_duration_pidns_start"
        case namespaceStart = "proc.pidns_init_start_ts"
        case permitted = "thread.cap_permitted"
        case inheritable = "thread.cap_inheritable"
        case effective = "thread.cap_effective"
        case descriptorCount = "proc.fdopencount"
        case descriptorLimit = "proc.fdlimit"
        case memory = "proc.vmsize"
        case residentMemory = "proc.vmrss"
        case swappedMemory = "proc.vmswap"
        case majorFaults = "thread.pfmajor"
        case minorFaults = "thread.pfminor"
        case threadID = "thread.tid"
        case isMain = "thread.ismain"
        case virtualThreadID = "thread.vtid"
        case threadMemory = "thread.vmsize"
        case threadResidentMemory = "thread.vmrss"
        case controlGroups = "thread.cgroups"
        case controlGroup = "thread.cgroup"
        case threadCount = "proc.nthreads"
    }

    enum AncestorField: String, BitwiseCopyable {
        case executable = "proc.aexe"
        case executablePath = "proc.aexepath"
        case name = "proc.aname"
        case arguments = "proc.aargs"
        case commandLine = "proc.acmdline"
        case environment = "proc.aenv"
        case id = "proc.apid"
        case parentExecutable = "proc.pexe"
        case parentExecutablePath = "proc.pexepath"
        case parentName = "proc.pname"
        case parentCommandLine = "proc.pcmdline"
        case parentID = "proc.ppid"
        case parentVirtualID = "proc.pvpid"
        case parentDuration = "proc.ppid.duration"
        case parentStart = "proc.ppid.ts"
        case sessionName = "proc.sname"
        case sessionExecutable = "proc.sid.exe"
        case sessionExecutablePath = "proc.sid.exepath"
        case virtualGroupName = "proc.vpgid.name"
        case virtualGroupExecutable = "proc.vpgid.exe"
        case virtualGroupExecutablePath = "proc.vpgid.exepath"
        case groupName = "proc.pgid.name"
        case groupExecutable = "proc.pgid.exe"
        case groupExecutablePath = "proc.pgid.exepath"
    }

    enum AccountField: String, BitwiseCopyable {
        case userID = "user.uid"
        case userName = "user.name"
        case home = "user.homedir"
        case shell = "user.shell"
        case loginID = "user.loginuid"
        case loginName = "user.loginname"
        case groupID = "group.gid"
        case groupName = "group.name"
    }

    enum DescriptorField: String, BitwiseCopyable {
        case num = "fd.num"
        case type = "fd.type"
        case letter = "fd.typechar"
        case name = "fd.name"
        case rawName = "fd.nameraw"
        case directory = "fd.directory"
        case file = "fd.filename"
        case address = "fd.ip"
        case clientAddress = "fd.cip"
        case serverAddress = "fd.sip"
        case localAddress = "fd.lip"
        case remoteAddress = "fd.rip"
        case port = "fd.port"
        case clientPort = "fd.cport"
        case serverPort = "fd.sport"
        case localPort = "fd.lport"
        case remotePort = "fd.rport"
        case network = "fd.net"
        case clientNetwork = "fd.cnet"
        case serverNetwork = "fd.snet"
        case localNetwork = "fd.lnet"
        case remoteNetwork = "fd.rnet"
        case transport = "fd.l4proto"
        case family = "fd.sockfamily"
        case isServer = "fd.is_server"
        case uniqueID = "fd.uid"
        case containerName = "fd.containername"
        case containerDirectory = "fd.containerdirectory"
        case connected = "fd.connected"
        case nameChanged = "fd.name_changed"
        case device = "fd.dev"
        case deviceMajor = "fd.dev.major"
        case deviceMinor = "fd.dev.minor"
        case inode = "fd.ino"
        case isUpperLayer = "fd.is_upper_layer"
        case isLowerLayer = "fd.is_lower_layer"
        case types = "fd.types"
        case listNumbers = "fdlist.nums"
        case listNames = "fdlist.names"
        case listClientAddresses = "fdlist.cips"
        case listServerAddresses = "fdlist.sips"
        case listClientPorts = "fdlist.cports"
        case listServerPorts = "fdlist.sports"
    }

    enum ContainerField: String, BitwiseCopyable {
        case id = "container.id"
        case fullID = "container.full_id"
        case name = "container.name"
        case image = "container.image"
        case imageID = "container.image.id"
        case type = "container.type"
        case privileged = "container.privileged"
        case mounts = "container.mounts"
        case mount = "container.mount"
        case mountSource = "container.mount.source"
        case mountDestination = "container.mount.dest"
        case mountMode = "container.mount.mode"
        case mountWritable = "container.mount.rdwr"
        case mountPropagation = "container.mount.propagation"
        case repository = "container.image.repository"
        case tag = "container.image.tag"
        case digest = "container.image.digest"
        case start = "container.start_ts"
        case duration = "container.duration"
        case label = "container.label"
        case labels = "container.labels"
        case namespace = "k8s.ns.name"
        case pod = "k8s.pod.name"
        case podID = "k8s.pod.id"
        case podUID = "k8s.pod.uid"
        case podLabel = "k8s.pod.label"
        case podLabels = "k8s.pod.labels"
    }

    enum TimeField: String, BitwiseCopyable {
        case time = "evt.time"
        case timeSeconds = "evt.time.s"
        case iso8601 = "evt.time.iso8601"
        case date = "evt.datetime"
        case dateSeconds = "evt.datetime.s"
        case output = "evt.outputtime"
        case relative = "evt.reltime"
        case relativeSeconds = "evt.reltime.s"
        case relativeNanoseconds = "evt.reltime.ns"
        case delta = "evt.deltatime"
        case deltaSeconds = "evt.deltatime.s"
        case deltaNanoseconds = "evt.deltatime.ns"
    }

    /// Paths that calls were called with, and the descriptors that every process has.
    enum PathField: String, BitwiseCopyable {
        case name = "fs.path.name"
        case rawName = "fs.path.nameraw"
        case source = "fs.path.source"
        case rawSource = "fs.path.sourceraw"
        case target = "fs.path.target"
        case rawTarget = "fs.path.targetraw"
        case inputType = "proc.stdin.type"
        case outputType = "proc.stdout.type"
        case errorType = "proc.stderr.type"
        case inputName = "proc.stdin.name"
        case outputName = "proc.stdout.name"
        case errorName = "proc.stderr.name"
    }
}
