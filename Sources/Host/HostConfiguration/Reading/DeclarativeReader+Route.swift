// SPDX-License-Identifier: Apache-2.0

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
    if ["paths", "methods", "hosts"].allSatisfy({ record.isAbsentOrEmpty($0) }) {
      record.fail("", "must set one of 'methods', 'hosts', 'headers', 'paths'")
    }
    route.protocols = record.protocols(supported: ["http", "https"])
    route.stripPath = record.boolean("strip_path") ?? true
    route.preserveHost = record.boolean("preserve_host") ?? false
    let priorities = Int(Int32.min)...Int(Int32.max)
    route.regexPriority = record.integer("regex_priority", in: priorities) ?? 0
    route.tags = record.strings("tags", EntityRules.tag)
    if record.oneOf("path_handling", ["v0", "v1"]) == "v1" {
      record.fail("path_handling", "'v1' is not supported yet")
    }
    _ = record.boolean("request_buffering")
    _ = record.boolean("response_buffering")
    let redirects = [426, 301, 302, 307, 308]
    if let status = record.integer("https_redirect_status_code", in: 0...999),
      !redirects.contains(status)
    {
      let choice = redirects.map(String.init).joined(separator: ", ")
      record.fail("https_redirect_status_code", "expected one of: \(choice)")
    }
    record.unsupported(["headers", "snis", "sources", "destinations", "expression", "priority"])
    record.ignore(["created_at", "updated_at"])
    configuration.routes.append(route)
    let index = configuration.routes.count - 1
    if service == nil { refer(&record, .service, from: .route(index)) }
    for (value, place) in record.records("plugins") {
      readPlugin(value, place, service: nil, route: index)
    }
    errors += record.finish()
  }
}
