// SPDX-License-Identifier: Apache-2.0

extension DeclarativeReader {
  mutating func readService(_ value: ConfigurationValue, _ place: Place) {
    var record = RecordReader(value, at: place)
    var service = Service()
    service.place = place
    service.line = value.line
    (service.id, service.name) = identify(&record, "services")
    service.isSecure =
      record.oneOf("protocol", ["http", "https"]).map { $0 == "https" } ?? false
    service.host = Self.withoutBrackets(record.string("host", EntityRules.host) ?? "")
    service.port = record.integer("port", in: 1...65535) ?? (service.isSecure ? 443 : 80)
    service.path = record.string("path", EntityRules.path) ?? ""
    if let url = record.string("url") {
      readURL(url, &service, &record)
    } else if !record.has("url"), !record.has("host") {
      record.fail("host", "required field missing (or give a 'url')")
    }
    service.retries = record.integer("retries", in: 0...32767) ?? 5
    let milliseconds = 1...2_147_483_646
    service.connectTimeout = record.integer("connect_timeout", in: milliseconds) ?? 60_000
    service.writeTimeout = record.integer("write_timeout", in: milliseconds) ?? 60_000
    service.readTimeout = record.integer("read_timeout", in: milliseconds) ?? 60_000
    service.isEnabled = record.boolean("enabled") ?? true
    service.tags = record.strings("tags", EntityRules.tag)
    if record.boolean("tls_verify") == false {
      record.fail(
        "tls_verify", "false is not supported: certificates of upstreams are always verified")
    }
    record.unsupported(["client_certificate", "ca_certificates", "tls_verify_depth"])
    record.ignore(["created_at", "updated_at"])
    configuration.services.append(service)
    let index = configuration.services.count - 1
    for (value, place) in record.records("routes") { readRoute(value, place, service: index) }
    for (value, place) in record.records("plugins") {
      readPlugin(value, place, service: index)
    }
    errors += record.finish()
  }

  /// Kong's shorthand for protocol, host, port and path.
  private func readURL(_ url: String, _ service: inout Service, _ record: inout RecordReader) {
    guard
      let match = url.wholeMatch(
        of: /(https?):\/\/(\[[0-9A-Fa-f:.]+\]|[^\/:?#@\s]+)(?::([0-9]{1,5}))?(\/[^?#\s]*)?/)
    else { return record.fail("url", "expected a URL such as https://host:port/path") }
    service.isSecure = match.1 == "https"
    service.host = Self.withoutBrackets(String(match.2))
    service.port = match.3.flatMap { Int($0) } ?? (service.isSecure ? 443 : 80)
    service.path = match.4.map(String.init) ?? ""
    if let wrong = EntityRules.host(service.host) { record.fail("url", wrong) }
    if !service.path.isEmpty, let wrong = EntityRules.path(service.path) {
      record.fail("url", wrong)
    }
    if !(1...65535).contains(service.port) {
      record.fail("url", "the port should be between 1 and 65535")
    }
  }

  private static func withoutBrackets(_ host: String) -> String {
    host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
  }
}
