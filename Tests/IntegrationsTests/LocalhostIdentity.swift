// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import NIOSSL

/// A self-signed certificate for `localhost` and its key; known to everybody, good for tests only.
enum LocalhostIdentity {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBljCCATugAwIBAgIULZgc2/K/r+R6SOJPD3C77RMPRtcwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjA1NTMxNFoYDzIxMjYxMDI5
        MDU1MzE0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASJ+MJo7JxEEn7agM8qpiYmDiVbo0flxmA9egWULmnfC4g+mUBMoy4Y
        k8u8h8UTohfRID7h+78zMDSCHYQYNN6Vo2kwZzAdBgNVHQ4EFgQUOIQoYlmWQHac
        NNCuVvBEnfto+agwHwYDVR0jBBgwFoAUOIQoYlmWQHacNNCuVvBEnfto+agwDwYD
        VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
        SQAwRgIhAKOcqUew/cUBwSTA3ftlBQbNcM+M3qTTPmPZwo9n6GD/AiEAoLrqm9Yj
        xZnTadW4VvuB0J4ck8/Ig6IriBMm+t+rZY4=
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDuGpfBDUkLauYgsW
        ltz7DofoIF8M/my+mpBg8QG58q6hRANCAASJ+MJo7JxEEn7agM8qpiYmDiVbo0fl
        xmA9egWULmnfC4g+mUBMoy4Yk8u8h8UTohfRID7h+78zMDSCHYQYNN6V
        -----END PRIVATE KEY-----
        """

    static func serverContext() throws -> NIOSSLContext {
        try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
            )
        )
    }
}
