// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Which endpoint answers: a path and its methods. A segment `{name}` of a path stands for any one.
package struct AdminRoutes: Sendable {
  /// What a request's path has where the endpoint's has `{name}`.
  package typealias Parameters = [String: String]
  package typealias Handler = @Sendable (AdminRequest, Parameters) async -> AdminResponse

  fileprivate struct Endpoint: Sendable {
    let segments: [Substring]
    var methods: [String: Handler]
  }

  private var endpoints: [Endpoint] = []

  package init() {}

  /// Adds an endpoint.
  package mutating func add(_ method: String, _ path: String, _ handler: @escaping Handler) {
    let segments = path.split(separator: "/")
    if let index = endpoints.firstIndex(where: { $0.segments == segments }) {
      endpoints[index].methods[method] = handler
    } else {
      endpoints.append(Endpoint(segments: segments, methods: [method: handler]))
    }
  }

  /// Answers a request, or says that nobody can.
  package func callAsFunction(_ request: AdminRequest) async -> AdminResponse {
    let isRoot = request.path == "/"
    let segments =
      request.path.split(separator: "/", omittingEmptySubsequences: isRoot)
      .dropFirst(isRoot ? 0 : 1)
    for endpoint in endpoints {
      guard let parameters = endpoint.match(segments) else { continue }
      let method = request.method == "HEAD" ? "GET" : request.method
      if let handler = endpoint.methods[method] { return await handler(request, parameters) }
      var response = AdminResponse.error(405, "Method not allowed")
      response.headers.append(("allow", endpoint.methods.keys.sorted().joined(separator: ", ")))
      return response
    }
    return .error(404, "Not found")
  }
}

extension AdminRoutes.Endpoint {
  fileprivate func match(_ path: ArraySlice<Substring>) -> AdminRoutes.Parameters? {
    guard path.count == segments.count else { return nil }
    var parameters: AdminRoutes.Parameters = [:]
    for (segment, actual) in zip(segments, path) {
      if segment.hasPrefix("{") {
        let actual = String(actual)
        parameters[String(segment.dropFirst().dropLast())] =
          actual.removingPercentEncoding ?? actual
      } else if segment != actual {
        return nil
      }
    }
    return parameters
  }
}
