// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

/// The strings of the `model` record that may hold `$(headers.x)`, `$(uri_captures.x)` or
/// `$(query_params.x)`, parsed once.
package final class ModelTemplates: Sendable {
  /// What they are for one request.
  package struct Resolved {
    /// The configured model; nil: the client chooses.
    package var name: String?
    /// The configured path; nil: there is none.
    package var path: String?
    /// The configured address; nil: the provider's own.
    package var address: UpstreamAddress?
    /// The provider's options.
    package var settings: ProviderSettings

    /// The path of a request to one that speaks OpenAI's API; nil: that of an API that it does not have.
    ///
    /// Kong's rule: an address brings its path along.
    package func path(of provider: OpenAICompatible?, _ route: RouteType) -> String? {
      address?.path ?? configuredPath ?? provider?.path(of: route)
    }

    /// The path of a request to a provider with an API of its own.
    package func path(of provider: any Provider, _ request: ProviderRequest) -> String {
      let configured = address?.path ?? configuredPath
      return configured.map { provider.path(configured: $0, request) } ?? request.path
    }

    /// The configured `upstream_path`, rooted.
    package var configuredPath: String? { path.map { UpstreamAddress.rooted($0) } }
  }

  private let name: PlaceholderTemplate?
  private let path: PlaceholderTemplate?
  private let url: PlaceholderTemplate?
  private let settings: SettingsTemplates
  private let constantAddress: UpstreamAddress?
  private let constantPath: String?
  /// What they are for every request; nil: requests differ.
  private let constant: Resolved?

  /// - Throws: `ConfigError` if the address is none.
  package init(_ model: ModelRecord) throws {
    name = model.name.map { PlaceholderTemplate($0) }
    path = model.options?.upstreamPath.map { PlaceholderTemplate($0) }
    url = model.options?.upstreamURL.map { PlaceholderTemplate($0) }
    settings = SettingsTemplates(model.settings)
    constantPath = path?.isConstant == true ? model.options?.upstreamPath : nil
    guard model.options?.upstreamPath?.isURLText != false else {
      throw ConfigError("/model/options/upstream_path", "should be a path, percent-encoded")
    }
    constantAddress = try url?.isConstant == true ? Self.address(model.options?.upstreamURL) : nil
    let areConstant =
      settings.areConstant && [name, path, url].allSatisfy { $0?.isConstant ?? true }
    constant = areConstant ? Self.constant(model, constantAddress) : nil
  }

  private static func address(_ url: String?) throws -> UpstreamAddress? {
    guard let url else { return nil }
    guard let address = UpstreamAddress(url: url), url.isURLText else {
      throw ConfigError("/model/options/upstream_url", "should be an absolute http or https URL")
    }
    return address
  }

  private static func constant(_ model: ModelRecord, _ address: UpstreamAddress?) -> Resolved {
    var resolved = Resolved(
      name: model.name, path: model.options?.upstreamPath, address: address,
      settings: model.settings)
    resolved.settings.configuredPath = address?.path ?? resolved.path
    return resolved
  }

  /// The headers that a request must show.
  package var headers: [String] {
    ([name, path, url].compactMap(\.self).flatMap(\.references) + settings.references)
      .filter { $0.source == .headers }.map { $0.key.lowercased() }
  }

  /// Whether the provider's options are the same for every request.
  package var areSettingsConstant: Bool { settings.areConstant }

  /// The provider's options as far as they are the same for every request: enough to read answers.
  package var commonSettings: ProviderSettings {
    var common = settings.common
    common.configuredPath = constantAddress?.path ?? constantPath
    return common
  }

  /// All of them, with the values of a request.
  package func resolved(for request: RequestHead) throws(RequestProblem) -> Resolved {
    if let constant { return constant }
    var resolved = Resolved(
      name: try name?.resolved { Self.value($0, $1, of: request) },
      path: try path?.resolved { Self.inPath($0, $1, of: request) },
      address: constantAddress,
      settings: try settings.resolved { Self.value($0, $1, of: request) })
    if let url, !url.isConstant {
      let text = try url.resolved { Self.inPath($0, $1, of: request) }
      guard let address = UpstreamAddress(url: text) else {
        throw RequestProblem(message: "the upstream_url of this request is not a URL")
      }
      resolved.address = address
    }
    resolved.settings.configuredPath = resolved.address?.path ?? resolved.path
    return resolved
  }

  private static func value(
    _ source: PlaceholderTemplate.Source, _ key: String, of request: RequestHead
  ) -> String? {
    switch source {
    case .headers: request.headers[key]
    case .captures: request.captures[key]
    case .query: request.query[key]
    }
  }

  /// What a client puts into a path is a segment, never a way out of it. A capture may be several:
  /// the pattern of the route says so.
  private static func inPath(
    _ source: PlaceholderTemplate.Source, _ key: String, of request: RequestHead
  ) -> String? {
    let value = value(source, key, of: request)
    guard source == .captures else { return value.map { PathSegment.escaped($0) } }
    return value?.split(separator: "/", omittingEmptySubsequences: false)
      .map { PathSegment.escaped(String($0)) }.joined(separator: "/")
  }
}

extension String {
  /// Whether it can stand in a request line: printable ASCII, without spaces.
  fileprivate var isURLText: Bool { utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
}
