// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The fields of sources whose events are JSON documents.
///
/// One line each, as in ``SystemFieldTable``, and behind `@` where the value lies: names of members with `>` between, and
/// `*` for all elements of an array (or the one that the argument picks). What begins with `!` is made by a function of
/// ``JSONFieldReader``.
enum JSONFieldTable {
    /// What every source has.
    static let common: StaticString = """
        evt.num uint @!number
        evt.time text @!time
        evt.time.s text @!time
        evt.time.iso8601 text @!time
        evt.datetime text @!time
        evt.datetime.s text @!time
        evt.rawtime time @!rawtime
        evt.source text @!source
        evt.pluginname text @!source
        evt.plugininfo text @!document
        evt.is_async bool @!never
        evt.hostname text @!hostname
        jevt.time text @!time
        jevt.time.iso8601 text @!time
        jevt.rawtime time @!rawtime
        jevt.value text key @!pointer
        jevt.obj text @!document
        json.rawtime time @!rawtime
        json.value text key @!pointer
        json.obj text @!document
        """

    /// The audit events of Kubernetes (`audit.k8s.io/v1`), by the names of Falco's plugin k8saudit.
    static let kubernetes: StaticString = """
        ka.auditid text @auditID
        ka.stage text @stage
        ka.auth.decision text @annotations>authorization.k8s.io/decision
        ka.auth.reason text @annotations>authorization.k8s.io/reason
        ka.auth.openshift.decision text @annotations>authentication.openshift.io/decision
        ka.auth.openshift.username text @annotations>authentication.openshift.io/username
        ka.validations.admission.policy.failure text @annotations>validation.policy.admission.k8s.io/validation_failure
        ka.validations.admission.policy.failures text list @annotations>validation.policy.admission.k8s.io/validation_failure
        ka.user.name text @user>username
        ka.user.groups text list @user>groups>*
        ka.user.uid text @user>uid
        ka.impuser.name text @impersonatedUser>username
        ka.verb text @verb
        ka.uri text @requestURI
        ka.uri.param text key @!parameter
        ka.target.name text @objectRef>name
        ka.target.namespace text @objectRef>namespace
        ka.target.resource text @objectRef>resource
        ka.target.subresource text @objectRef>subresource
        ka.target.pod.name text @!pod
        ka.req.binding.subjects text list @requestObject>subjects>*
        ka.req.binding.subjects.user_names text list @!userSubjects
        ka.req.binding.subjects.serviceaccount_names text list @!accountSubjects
        ka.req.binding.subjects.serviceaccount_ns_names text list @!namespacedSubjects
        ka.req.binding.subjects.group_names text list @!groupSubjects
        ka.req.binding.role text @requestObject>roleRef>name
        ka.req.binding.subject.has_name text key @!notAvailable
        ka.req.configmap.name text @objectRef>name
        ka.req.configmap.obj text @requestObject>data
        ka.req.pod.containers.image text list index? @requestObject>spec>containers>*>image
        ka.req.container.image text @requestObject>spec>containers>0>image
        ka.req.pod.containers.image.repository text list index? @!repositories>containers
        ka.req.container.image.repository text @!firstRepository
        ka.req.pod.host_ipc text @requestObject>spec>hostIPC
        ka.req.pod.host_network text @requestObject>spec>hostNetwork
        ka.req.container.host_network text @requestObject>spec>hostNetwork
        ka.req.pod.host_pid text @requestObject>spec>hostPID
        ka.req.pod.containers.host_port text list index? @requestObject>spec>containers>*>ports>*>hostPort
        ka.req.pod.containers.privileged text list index? @requestObject>spec>containers>*>securityContext>privileged
        ka.req.container.privileged text @!anyPrivileged
        ka.req.pod.containers.allow_privilege_escalation text list index? @requestObject>spec>containers>*>securityContext>allowPrivilegeEscalation
        ka.req.pod.containers.read_only_fs text list index? @requestObject>spec>containers>*>securityContext>readOnlyRootFilesystem
        ka.req.pod.run_as_user text @requestObject>spec>securityContext>runAsUser
        ka.req.pod.containers.run_as_user text list index? @requestObject>spec>containers>*>securityContext>runAsUser
        ka.req.pod.containers.eff_run_as_user text list index? @!effectiveUsers>containers
        ka.req.pod.run_as_group text @requestObject>spec>securityContext>runAsGroup
        ka.req.pod.containers.run_as_group text list index? @requestObject>spec>containers>*>securityContext>runAsGroup
        ka.req.pod.containers.eff_run_as_group text list index? @!effectiveGroups>containers
        ka.req.pod.containers.proc_mount text list index? @requestObject>spec>containers>*>securityContext>procMount
        ka.req.role.rules text list @requestObject>rules>*
        ka.req.role.rules.apiGroups text list index? @requestObject>rules>*>apiGroups>*
        ka.req.role.rules.nonResourceURLs text list index? @requestObject>rules>*>nonResourceURLs>*
        ka.req.role.rules.verbs text list index? @requestObject>rules>*>verbs>*
        ka.req.role.rules.resources text list index? @requestObject>rules>*>resources>*
        ka.req.pod.fs_group text @requestObject>spec>securityContext>fsGroup
        ka.req.pod.supplemental_groups text list @requestObject>spec>securityContext>supplementalGroups>*
        ka.req.pod.containers.add_capabilities text list index? @requestObject>spec>containers>*>securityContext>capabilities>add>*
        ka.req.service.type text @requestObject>spec>type
        ka.req.service.ports text list index? @requestObject>spec>ports>*
        ka.req.pod.volumes.hostpath text list index? @requestObject>spec>volumes>*>hostPath>path
        ka.req.volume.hostpath text key @!hasHostPath
        ka.req.pod.volumes.flexvolume_driver text list index? @requestObject>spec>volumes>*>flexVolume>driver
        ka.req.pod.volumes.volume_type text list index? @!volumeTypes
        ka.resp.name text @responseObject>metadata>name
        ka.response.code text @responseStatus>code
        ka.response.reason text @responseStatus>reason
        ka.useragent text @userAgent
        ka.sourceips text list index? @sourceIPs>*
        ka.cluster.name text @annotations>cluster-name
        ka.req.pod.initContainers.image text list index? @requestObject>spec>initContainers>*>image
        ka.req.pod.initContainers.image.repository text list index? @!repositories>initContainers
        ka.req.pod.initContainers.host_port text list index? @requestObject>spec>initContainers>*>ports>*>hostPort
        ka.req.pod.initContainers.privileged text list index? @requestObject>spec>initContainers>*>securityContext>privileged
        ka.req.pod.initContainers.allow_privilege_escalation text list index? @requestObject>spec>initContainers>*>securityContext>allowPrivilegeEscalation
        ka.req.pod.initContainers.read_only_fs text list index? @requestObject>spec>initContainers>*>securityContext>readOnlyRootFilesystem
        ka.req.pod.initContainers.run_as_user text list index? @requestObject>spec>initContainers>*>securityContext>runAsUser
        ka.req.pod.initContainers.eff_run_as_user text list index? @!effectiveUsers>initContainers
        ka.req.pod.initContainers.run_as_group text list index? @requestObject>spec>initContainers>*>securityContext>runAsGroup
        ka.req.pod.initContainers.eff_run_as_group text list index? @!effectiveGroups>initContainers
        ka.req.pod.initContainers.proc_mount text list index? @requestObject>spec>initContainers>*>securityContext>procMount
        ka.req.pod.initContainers.add_capabilities text list index? @requestObject>spec>initContainers>*>securityContext>capabilities>add>*
        ka.req.pod.ephemeralContainers.image text list index? @requestObject>spec>ephemeralContainers>*>image
        ka.req.pod.ephemeralContainers.image.repository text list index? @!repositories>ephemeralContainers
        ka.req.pod.ephemeralContainers.host_port text list index? @requestObject>spec>ephemeralContainers>*>ports>*>hostPort
        ka.req.pod.ephemeralContainers.privileged text list index? @requestObject>spec>ephemeralContainers>*>securityContext>privileged
        ka.req.pod.ephemeralContainers.allow_privilege_escalation text list index? @requestObject>spec>ephemeralContainers>*>securityContext>allowPrivilegeEscalation
        ka.req.pod.ephemeralContainers.read_only_fs text list index? @requestObject>spec>ephemeralContainers>*>securityContext>readOnlyRootFilesystem
        ka.req.pod.ephemeralContainers.run_as_user text list index? @requestObject>spec>ephemeralContainers>*>securityContext>runAsUser
        ka.req.pod.ephemeralContainers.eff_run_as_user text list index? @!effectiveUsers>ephemeralContainers
        ka.req.pod.ephemeralContainers.run_as_group text list index? @requestObject>spec>ephemeralContainers>*>securityContext>runAsGroup
        ka.req.pod.ephemeralContainers.eff_run_as_group text list index? @!effectiveGroups>ephemeralContainers
        ka.req.pod.ephemeralContainers.proc_mount text list index? @requestObject>spec>ephemeralContainers>*>securityContext>procMount
        ka.req.pod.ephemeralContainers.add_capabilities text list index? @requestObject>spec>ephemeralContainers>*>securityContext>capabilities>add>*
        """

    /// Audit events as GitLab streams them, by the names of falco-plugin-gitlab where it has one.
    static let gitLab: StaticString = """
        gitlab.event_id text @id
        gitlab.id text @id
        gitlab.event_type text @event_type
        gitlab.created_at text @created_at
        gitlab.ip_address text @ip_address
        gitlab.ip address @ip_address
        gitlab.author_id text @author_id
        gitlab.author_name text @author_name
        gitlab.author_email text @details>author_email
        gitlab.author_class text @details>author_class
        gitlab.entity_id text @entity_id
        gitlab.entity_type text @entity_type
        gitlab.entity_path text @entity_path
        gitlab.target_id text @target_id
        gitlab.target_type text @target_type
        gitlab.target_details text @target_details
        gitlab.custom_message text @details>custom_message
        gitlab.change text @details>change
        gitlab.from text @details>from
        gitlab.to text @details>to
        gitlab.add text @details>add
        gitlab.remove text @details>remove
        gitlab.as text @details>as
        gitlab.failed_login text @details>failed_login
        gitlab.with text @details>with
        gitlab.protocol text @details>custom_message>protocol
        gitlab.action text @details>custom_message>action
        gitlab.details text @details
        gitlab.detail text key @!detail
        """

    /// The audit log of a GitHub organisation, as it is streamed or exported.
    static let gitHub: StaticString = """
        github.id text @_document_id
        github.action text @action
        github.actor text @actor
        github.actor.ip address @actor_ip
        github.actor.country text @actor_location>country_code
        github.actor.is_bot text @actor_is_bot
        github.user text @user
        github.org text @org
        github.business text @business
        github.repo text @repo
        github.repo.public text @public_repo
        github.repo.visibility text @visibility
        github.team text @team
        github.permission text @permission
        github.previous_permission text @old_permission
        github.programmatic_access text @programmatic_access_type
        github.token_scopes text @token_scopes
        github.transport text @transport_protocol_name
        github.useragent text @user_agent
        github.name text @name
        github.operation text @operation_type
        github.runner.name text @runner_name
        github.runner.labels text list @runner_labels>*
        github.workflow text @workflow_id
        github.branch text @head_branch
        github.created_at text @created_at
        """
}

extension FieldCatalogue {
    /// Kubernetes audit events, the source `k8s_audit`.
    package static let kubernetesAudit = FieldCatalogue(
        source: "k8s_audit",
        lines: [JSONFieldTable.common, JSONFieldTable.kubernetes],
        eventTypes: .none
    )

    /// GitLab's audit events, the source `gitlab`.
    package static let gitLab = FieldCatalogue(
        source: "gitlab",
        lines: [JSONFieldTable.common, JSONFieldTable.gitLab],
        eventTypes: .none
    )

    /// GitHub's audit log, the source `github`.
    package static let gitHub = FieldCatalogue(
        source: "github",
        lines: [JSONFieldTable.common, JSONFieldTable.gitHub],
        eventTypes: .none
    )
}
