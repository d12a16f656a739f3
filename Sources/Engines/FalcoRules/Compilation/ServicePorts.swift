// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Names of well-known services, which conditions may write for ports (RFC 6335's registry, the common part of it).
enum ServicePorts {
    private static let text: StaticString = """
        ftp-data 20 ftp 21 ssh 22 telnet 23 smtp 25 time 37 whois 43 tacacs 49 domain 53 bootps 67 bootpc 68 tftp 69 \
        gopher 70 finger 79 http 80 kerberos 88 pop2 109 pop3 110 sunrpc 111 auth 113 nntp 119 ntp 123 epmap 135 \
        netbios-ns 137 netbios-dgm 138 netbios-ssn 139 imap2 143 imap 143 snmp 161 snmp-trap 162 bgp 179 irc 194 \
        ldap 389 https 443 microsoft-ds 445 kpasswd 464 submissions 465 exec 512 biff 512 login 513 who 513 shell 514 \
        syslog 514 printer 515 route 520 uucp 540 klogin 543 kshell 544 dhcpv6-client 546 dhcpv6-server 547 rtsp 554 \
        nntps 563 submission 587 ipp 631 ldaps 636 domain-s 853 rsync 873 ftps-data 989 ftps 990 telnets 992 imaps 993 \
        pop3s 995 socks 1080 openvpn 1194 ms-sql-s 1433 ms-sql-m 1434 radius 1812 radius-acct 1813 nfs 2049 \
        docker 2375 docker-s 2376 etcd-client 2379 etcd-server 2380 iscsi-target 3260 mysql 3306 svn 3690 epmd 4369 \
        sip 5060 sip-tls 5061 xmpp-client 5222 xmpp-server 5269 postgresql 5432 amqps 5671 amqp 5672 x11 6000 \
        redis 6379 ircs-u 6697 http-alt 8080 zabbix-agent 10050 zabbix-trapper 10051 amanda 10080 git 9418
        """

    private static let numbers: [String: UInt16] = {
        let words = text.description.split(separator: " ")
        var numbers: [String: UInt16] = [:]
        for place in stride(from: 0, to: words.count - 1, by: 2) {
            numbers[String(words[place])] = UInt16(words[place + 1])
        }
        return numbers
    }()

    static func number(_ name: String) -> UInt16? { numbers[name] }
}
