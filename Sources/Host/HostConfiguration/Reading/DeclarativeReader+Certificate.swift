// SPDX-License-Identifier: Apache-2.0

extension DeclarativeReader {
  /// Reads the entities of TLS. They go before all others, which name them.
  mutating func readCertificates(_ record: inout RecordReader) {
    for (value, place) in record.records("ca_certificates") { readAuthority(value, place) }
    for (value, place) in record.records("certificates") { readCertificate(value, place) }
    for (value, place) in record.records("snis") { readSNI(value, place) }
  }

  private mutating func readCertificate(_ value: ConfigurationValue, _ place: Place) {
    var record = RecordReader(value, at: place)
    var certificate = Certificate()
    certificate.place = place
    certificate.line = value.line
    certificate.id = identify(&record, "certificates")
    for field in ["cert", "key"] { record.require(field) }
    certificate.pair = pair(&record, "cert", "key") ?? certificate.pair
    if record.has("cert_alt") || record.has("key_alt") {
      for field in ["cert_alt", "key_alt"] where !record.has(field) {
        record.fail(field, "all or none of these fields must be set: 'cert_alt', 'key_alt'")
      }
      certificate.alternative = pair(&record, "cert_alt", "key_alt")
    }
    certificate.tags = record.strings("tags", EntityRules.tag)
    for (value, place) in record.records("snis") {
      if let name = readName(value, place) { certificate.snis.append(name) }
    }
    record.unsupported(["passphrase"])
    record.ignore(["created_at", "updated_at"])
    configuration.certificates.append(certificate)
    errors += record.finish()
  }

  private func pair(
    _ record: inout RecordReader, _ certificate: String, _ key: String
  ) -> Certificate.Pair? {
    // Both are read in any case, so that both are known and checked.
    let texts = (record.secret(certificate), record.secret(key))
    guard let certificate = texts.0, let key = texts.1 else { return nil }
    return Certificate.Pair(certificate: certificate, key: key)
  }

  private mutating func readAuthority(_ value: ConfigurationValue, _ place: Place) {
    var record = RecordReader(value, at: place)
    var authority = CACertificate()
    authority.place = place
    authority.line = value.line
    authority.id = identify(&record, "ca_certificates")
    record.require("cert")
    authority.certificate = record.secret("cert") ?? authority.certificate
    authority.tags = record.strings("tags", EntityRules.tag)
    record.ignore(["cert_digest", "created_at", "updated_at"])
    configuration.authorities.append(authority)
    errors += record.finish()
  }

  /// They have ids and no names.
  private mutating func identify(_ record: inout RecordReader, _ kind: String) -> String {
    let id = record.string("id", EntityRules.uuid)
    claim(&record, kind, "id", id)
    return id ?? StableID.of(kind, "", record.place)
  }

  /// A name below its certificate: a record, or the name alone.
  private mutating func readName(_ value: ConfigurationValue, _ place: Place) -> String? {
    if case .string(let name) = value.content {
      let wrong = EntityRules.sni(name) ?? (isNew(name) ? nil : Self.taken(name))
      if let wrong { errors.append(ConfigurationError(place, wrong, line: value.line)) }
      return wrong == nil ? name : nil
    }
    var record = RecordReader(value, at: place)
    let name = readName(&record)
    record.unsupported(["certificate"])
    errors += record.finish()
    return name
  }

  private mutating func readName(_ record: inout RecordReader) -> String? {
    claim(&record, "snis", "id", record.string("id", EntityRules.uuid))
    _ = record.strings("tags", EntityRules.tag)
    record.ignore(["created_at", "updated_at"])
    record.require("name")
    guard let name = record.string("name", EntityRules.sni) else { return nil }
    guard isNew(name) else {
      record.fail("name", Self.taken(name))
      return nil
    }
    return name
  }

  private mutating func isNew(_ name: String) -> Bool { claim("snis", "name", name.lowercased()) }

  private static func taken(_ name: String) -> String { "'\(name)' is taken by another one" }

  private mutating func readSNI(_ value: ConfigurationValue, _ place: Place) {
    var record = RecordReader(value, at: place)
    let name = readName(&record)
    record.require("certificate")
    let index = certificate(&record, "certificate")
    if let name, let index { configuration.certificates[index].snis.append(name) }
    errors += record.finish()
  }

  /// The certificate that a field names by its id: `ID` or `{id: ID}`.
  mutating func certificate(_ record: inout RecordReader, _ field: String) -> Int? {
    guard let value = record.value(field) else { return nil }
    guard case .string(let id) = (value["id"] ?? value).content else {
      record.fail(field, "expected the id of a certificate")
      return nil
    }
    let index = configuration.certificates.firstIndex { $0.id == id }
    if index == nil { record.fail(field, "there is no certificate '\(id)'") }
    return index
  }
}
