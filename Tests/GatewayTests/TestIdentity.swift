// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A self-signed certificate and its key; known to everybody, good for tests only.
enum TestIdentity {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBdjCCARugAwIBAgIUXvnwrbUkR802uYIR4QqVAkMBI90wCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjExMzU3MDZaGA8yMTI2MTAyODEzNTcw
        NlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKsN
        hlKoh16XK4J+nuhDody6YcBZ7XDZ72wJacookFVkVVX2akcZ8W7QitXgaH6huxyj
        QQPSldV027HzaejOR5WjUzBRMB0GA1UdDgQWBBSpH3dxeuHc4TO6646/+tYafp0n
        DjAfBgNVHSMEGDAWgBSpH3dxeuHc4TO6646/+tYafp0nDjAPBgNVHRMBAf8EBTAD
        AQH/MAoGCCqGSM49BAMCA0kAMEYCIQDLmUmpFB7DFaLVkXdsStBb2UE8bmyyuwzF
        J98HCTqF7AIhAMB0IIjDfii7QI7W8ZAozzfL+MdrZQr0SYFZ2hBF26wn
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgz+cgkCHERtBYbjN0
        mhfR0nR2vyaAc906Rrl05rH350GhRANCAASrDYZSqIdelyuCfp7oQ6HcumHAWe1w
        2e9sCWnKKJBVZFVV9mpHGfFu0IrV4Gh+obsco0ED0pXVdNux82nozkeV
        -----END PRIVATE KEY-----
        """
}
