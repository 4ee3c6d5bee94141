// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK

/// The strings of the `model` record that may hold `$(headers.x)`, `$(uri_captures.x)` or `$(query_params.x)`, parsed once.
struct ModelTemplates: Sendable {
  private let name: PlaceholderTemplate?
  private let path: PlaceholderTemplate?
  private let url: PlaceholderTemplate?

  init(_ model: ModelRecord) {
    name = model.name.map { PlaceholderTemplate($0) }
    path = model.options?.upstreamPath.map { PlaceholderTemplate($0) }
    url = model.options?.upstreamURL.map { PlaceholderTemplate($0) }
      .flatMap { $0.isConstant ? nil : $0 }
  }

  /// The headers that a request must show.
  var headers: [String] {
    [name, path, url].compactMap(\.self).flatMap(\.references)
      .filter { $0.source == .headers }.map { $0.key.lowercased() }
  }

  /// The configured model for this request; nil: the client chooses.
  func name(for request: Request) throws(RequestProblem) -> String? {
    guard let name else { return nil }
    return try name.resolved { Self.value($0, $1, of: request) }
  }

  /// The configured path for this request. What the client puts in is a segment, never a way out of it.
  func path(for request: Request) throws(RequestProblem) -> String? {
    guard let path else { return nil }
    return try path.resolved {
      Self.value($0, $1, of: request).map { PathSegment.escaped($0) }
    }
  }

  /// The configured address for this request, where it has placeholders.
  func upstream(for request: Request) throws(RequestProblem) -> UpstreamAddress? {
    guard let url else { return nil }
    let text = try url.resolved {
      Self.value($0, $1, of: request).map { PathSegment.escaped($0) }
    }
    guard let address = UpstreamAddress(url: text) else {
      throw RequestProblem(message: "the upstream_url of this request is not a URL")
    }
    return address
  }

  private static func value(
    _ source: PlaceholderTemplate.Source, _ key: String, of request: Request
  ) -> String? {
    switch source {
    case .headers: request.headers[key]
    case .captures: request.captures[key]
    case .query: request.query[key]
    }
  }
}
