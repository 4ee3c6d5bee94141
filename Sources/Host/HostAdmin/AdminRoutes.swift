// SPDX-License-Identifier: Apache-2.0

/// Which endpoint answers: an exact path and its methods.
package struct AdminRoutes: Sendable {
  private var endpoints: [String: [String: AdminServer.Handler]] = [:]

  package init() {}

  /// Adds an endpoint.
  package mutating func add(
    _ method: String, _ path: String, _ handler: @escaping AdminServer.Handler
  ) {
    endpoints[path, default: [:]][method] = handler
  }

  /// Answers a request, or says that nobody can.
  package func callAsFunction(_ request: AdminRequest) async -> AdminResponse {
    guard let methods = endpoints[request.path] else { return .error(404, "Not found") }
    let method = request.method == "HEAD" ? "GET" : request.method
    if let handler = methods[method] { return await handler(request) }
    var response = AdminResponse.error(405, "Method not allowed")
    response.headers.append(("allow", methods.keys.sorted().joined(separator: ", ")))
    return response
  }
}
