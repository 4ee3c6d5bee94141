// SPDX-License-Identifier: Apache-2.0

extension RequestHead {
  /// The query's parameters as logs tell them: decoded, by name. One without a value is true, as in nginx.
  package var parameters: JSONObject {
    let path = path
    guard let mark = path.utf8.firstIndex(of: UInt8(ascii: "?")) else { return JSONObject() }
    let parts = path[path.utf8.index(after: mark)...].split(separator: "&")
    return JSONObject(
      grouping: zip(parts, query.original).map { part, parameter in
        (parameter.name, part.contains("=") ? .string(parameter.value) : true)
      })
  }
}
