// SPDX-License-Identifier: Apache-2.0

extension SettingsReader {
  mutating func readTLS(_ value: ConfigurationValue, _ place: Place) -> TLSSettings {
    var tls = TLSSettings()
    var record = RecordReader(value, at: place)
    tls.clients = clients(&record, otherwise: tls.clients)
    if record.has("certificate") || record.has("key") { tls.standard = identity(&record, tls) }
    for (value, place) in record.records("certificates") {
      var record = RecordReader(value, at: place)
      var identity = identity(&record, tls)
      identity?.snis = record.strings("snis", EntityRules.sni)
      if record.isAbsentOrEmpty("snis") { record.fail("snis", "required field missing") }
      if let identity { tls.certificates.append(identity) }
      finish(record, "tls.certificates.")
    }
    tls.cipherSuite =
      record.oneOf("cipher_suite", ["modern", "intermediate"]) ?? tls.cipherSuite
    tls.handshakeTimeout =
      record.integer("handshake_timeout", in: 1...3_600_000) ?? tls.handshakeTimeout
    // Known also where they are not there.
    _ = (record.value("certificate"), record.value("key"))
    finish(record, "tls.")
    return tls
  }

  private func identity(_ record: inout RecordReader, _ tls: TLSSettings) -> TLSSettings.Identity? {
    for field in ["certificate", "key"] { record.require(field) }
    let files = (record.string("certificate"), record.string("key"))
    let clients = clients(&record, otherwise: tls.clients)
    guard let certificate = files.0, let key = files.1 else { return nil }
    var identity = TLSSettings.Identity(certificate: certificate, key: key)
    identity.clients = clients
    identity.place = record.place
    identity.line = record.line
    return identity
  }

  private func clients(
    _ record: inout RecordReader, otherwise standard: TLSSettings.Clients
  ) -> TLSSettings.Clients {
    var clients = standard
    if record.has("client_verify") || record.has("client_ca") {
      clients.place = record.place
      clients.line = record.line
    }
    clients.verification =
      record.oneOf(
        "client_verify", TLSSettings.ClientVerification.allCases.map(\.rawValue)
      ).flatMap(TLSSettings.ClientVerification.init) ?? standard.verification
    clients.authorities = record.string("client_ca") ?? standard.authorities
    if clients.verification != .off, clients.authorities == nil, !record.has("client_ca") {
      record.fail("client_ca", "required field missing, as clients are verified")
    }
    return clients
  }
}
