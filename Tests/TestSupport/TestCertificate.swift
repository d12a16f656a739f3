// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Foundation

/// A self-signed certificate of this machine and its key; known to everybody, good for tests only.
package struct TestCertificate: Sendable {
    package let certificate: String
    package let key: String

    /// Writes both into a folder.
    ///
    /// - Returns: the paths of the certificate and of its key.
    package func write(to folder: URL, as name: String = "server") throws -> (certificate: String, key: String) {
        let paths = (folder.path + "/\(name).crt", folder.path + "/\(name).key")
        try Data(certificate.utf8).write(to: URL(fileURLWithPath: paths.0))
        try Data(key.utf8).write(to: URL(fileURLWithPath: paths.1))
        return paths
    }

    package static let one = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBjzCCATWgAwIBAgIUFgzY2vTQkiR9JNg50ctdWRA1W+EwCgYIKoZIzj0EAwIw
            DjEMMAoGA1UEAwwDb25lMCAXDTI2MTEyMjA1Mzg0MVoYDzIxMjYxMDI5MDUzODQx
            WjAOMQwwCgYDVQQDDANvbmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQEaB0h
            yWk6hiOf1rmYmKAWMR3mHtPL0rGcXLbyjr/aA2UEB0ZHoqW3UmnBb2jRK/pAIbK9
            sBrqz7duYjVfN1ASo28wbTAdBgNVHQ4EFgQUwqgYdklWGMAz/ARPXptQ95eNkTUw
            HwYDVR0jBBgwFoAUwqgYdklWGMAz/ARPXptQ95eNkTUwDwYDVR0TAQH/BAUwAwEB
            /zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIh
            AJjiRU1FMxE/eCSpSvyxxw4+McyN5fXZGxmv3f1ZJ28oAiBRu913E5ytPEikgEDw
            FIyxEfLeff8pmMCwy/tpnB38nQ==
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGS5ChvpnEQW6UBmB
            EXMRZVmaYz2HW0R89bBE1fvbUjChRANCAAQEaB0hyWk6hiOf1rmYmKAWMR3mHtPL
            0rGcXLbyjr/aA2UEB0ZHoqW3UmnBb2jRK/pAIbK9sBrqz7duYjVfN1AS
            -----END PRIVATE KEY-----

            """
    )

    package static let two = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBkDCCATWgAwIBAgIUAuZZoVfiYZV+qmL12tdC7eJoFMYwCgYIKoZIzj0EAwIw
            DjEMMAoGA1UEAwwDdHdvMCAXDTI2MTEyMjA1Mzg0MVoYDzIxMjYxMDI5MDUzODQx
            WjAOMQwwCgYDVQQDDAN0d28wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATAH34g
            OKURuoUrIyfjQRSNHEb4UBDuTpQrQ1jZSNkMeL8E7qJEA/aPus5P4BZRrbnojDa2
            mwah9qQsuH5DFdkpo28wbTAdBgNVHQ4EFgQUKLxsB0NvWygQ+3Y/Kzk0/vicnQEw
            HwYDVR0jBBgwFoAUKLxsB0NvWygQ+3Y/Kzk0/vicnQEwDwYDVR0TAQH/BAUwAwEB
            /zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZIzj0EAwIDSQAwRgIh
            APwBPo37vOedzUlwtYDQeHlHSCYKjF5ctDPMZFSd9pLyAiEAyw3eYKZkdDuA3HsZ
            9VqxBRdbrkszkmK+2WtbGEHKHI8=
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPKqIT0YmfnoqmZIz
            p/eicR/n6woqPk8lTXZrzeasnt6hRANCAATAH34gOKURuoUrIyfjQRSNHEb4UBDu
            TpQrQ1jZSNkMeL8E7qJEA/aPus5P4BZRrbnojDa2mwah9qQsuH5DFdkp
            -----END PRIVATE KEY-----

            """
    )
}
