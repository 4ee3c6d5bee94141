// SPDX-License-Identifier: Apache-2.0

extension DeclarativeReader {
  /// How a service's upstream is known.
  mutating func readTLS(_ record: inout RecordReader, isSecure: Bool) -> ServiceTLS {
    var tls = ServiceTLS()
    tls.verifies = record.boolean("tls_verify") ?? true
    tls.verifyDepth = record.integer("tls_verify_depth", in: 0...64)
    tls.clientCertificate = certificate(&record, "client_certificate")
    let known = configuration.authorities
    tls.authorities = record.strings("ca_certificates") { id in
      known.contains { $0.id == id } ? nil : "there is no CA certificate '\(id)'"
    }.compactMap { id in known.firstIndex { $0.id == id } }
    let fields = ["tls_verify", "tls_verify_depth", "client_certificate", "ca_certificates"]
    if !isSecure {
      for field in fields where record.has(field) {
        record.fail(field, "can be set only if protocol is one of: https")
      }
    }
    return tls
  }
}
