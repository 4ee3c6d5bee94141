// SPDX-License-Identifier: Apache-2.0

import HostRouting

extension DeclarativeReader {
  mutating func readRoute(_ value: ConfigurationValue, _ place: Place, service: Int?) {
    var record = RecordReader(value, at: place)
    var route = Route()
    route.place = place
    route.line = value.line
    route.service = service
    (route.id, route.name) = identify(&record, "routes")
    let isOldFormat = isOldFormat
    func current(_ path: String) -> String {
      isOldFormat && EntityRules.isExpressionOfOldFormat(path) ? "~" + path : path
    }
    route.paths = record.strings("paths") { EntityRules.routePath(current($0)) }.map(current)
    route.methods = record.strings("methods", EntityRules.method)
    route.hosts = record.strings("hosts", EntityRules.routeHost)
    route.headers = readHeaders(&record)
    route.snis = record.strings("snis", EntityRules.sni)
    route.protocols = record.protocols(supported: ["http", "https"])
    checkAttributes(route, &record)
    route.stripPath = record.boolean("strip_path") ?? true
    route.preserveHost = record.boolean("preserve_host") ?? false
    let priorities = Int(Int32.min)...Int(Int32.max)
    route.regexPriority = record.integer("regex_priority", in: priorities) ?? 0
    route.tags = record.strings("tags", EntityRules.tag)
    route.pathHandling =
      record.oneOf("path_handling", ["v0", "v1"]).flatMap(UpstreamPath.Handling.init) ?? .v0
    route.requestBuffering = record.boolean("request_buffering") ?? true
    route.responseBuffering = record.boolean("response_buffering") ?? true
    route.httpsRedirectStatus = readRedirectStatus(&record)
    route.createdAt = record.integer("created_at", in: 0...Int.max)
    for name in ["sources", "destinations"] where !record.isAbsentOrEmpty(name) {
      record.fail(name, "cannot set '\(name)' when 'protocols' is 'http' or 'https'")
    }
    record.unsupported(["expression", "priority"])
    record.ignore(["updated_at", "sources", "destinations"])
    configuration.routes.append(route)
    let index = configuration.routes.count - 1
    if service == nil { refer(&record, .service, from: .route(index)) }
    for (value, place) in record.records("plugins") {
      readPlugin(value, place, route: index)
    }
    errors += record.finish()
  }
  private func readRedirectStatus(_ record: inout RecordReader) -> Int {
    let choice = [426, 301, 302, 307, 308]
    guard let status = record.integer("https_redirect_status_code", in: 0...999) else { return 426 }
    if !choice.contains(status) {
      record.fail(
        "https_redirect_status_code",
        "expected one of: \(choice.map(String.init).joined(separator: ", "))")
    }
    return status
  }

  private func readHeaders(_ record: inout RecordReader) -> [Route.Header] {
    record.map("headers") { name, values in
      EntityRules.headerName(name)
        ?? (values.isEmpty ? "length must be at least 1" : EntityRules.headerValues(values))
    }.map { Route.Header(name: $0.name, values: $0.values) }
  }

  private func checkAttributes(_ route: Route, _ record: inout RecordReader) {
    let isSecure = route.protocols.isEmpty || route.protocols.contains("https")
    if !isSecure, !record.isAbsentOrEmpty("snis") {
      record.fail(
        "",
        "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'")
    }
    let attributes = ["methods", "hosts", "headers", "paths"] + (isSecure ? ["snis"] : [])
    guard attributes.allSatisfy({ record.isAbsentOrEmpty($0) }) else { return }
    let names = attributes.map { "'\($0)'" }.joined(separator: ", ")
    record.fail(
      "", "must set one of \(names) when 'protocols' is '\(isSecure ? "https" : "http")'")
  }
}
