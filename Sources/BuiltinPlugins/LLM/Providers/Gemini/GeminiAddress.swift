// SPDX-License-Identifier: Apache-2.0

/// Where a model and an operation are found, in the public API and in Vertex.
struct GeminiAddress: Equatable, Sendable {
  /// Scheme and host.
  let origin: String
  /// Whether it is Vertex, whose messages differ in places.
  let isVertex: Bool
  /// The path of a project and a location in Vertex: `/projects/p/locations/l`.
  private let project: String
  /// A model that one deployed oneself, which no name of a model reaches.
  private let endpoint: String?

  init(_ settings: ProviderSettings.Gemini) {
    guard let projectID = settings.projectID, let location = settings.locationID else {
      origin = "https://generativelanguage.googleapis.com"
      isVertex = false
      project = ""
      endpoint = nil
      return
    }
    let regional = location == "global" ? "" : "\(location)-"
    origin = "https://\(settings.apiEndpoint ?? "\(regional)aiplatform.googleapis.com")"
    isVertex = true
    project =
      "/projects/\(PathSegment.escaped(projectID))/locations/\(PathSegment.escaped(location))"
    endpoint = settings.endpointID
  }

  /// The path of an operation of a model.
  ///
  /// - Parameter version: Of the API; nil for the one that this provider is written for.
  func path(model: String, _ operation: String, version: String? = nil) -> String {
    guard isVertex else {
      let model = PathSegment.escaped(Self.bare(model))
      return "/\(version ?? "v1beta")/models/\(model):\(operation)"
    }
    let place =
      if let endpoint {
        "endpoints/\(PathSegment.escaped(endpoint))"
      } else {
        "publishers/google/models/\(PathSegment.escaped(Self.bare(model)))"
      }
    return "/\(version ?? "v1")\(project)/\(place):\(operation)"
  }

  /// Google lists its models as `models/gemini-…`, and clients copy that.
  static func bare(_ model: String) -> String {
    let prefix = "models/"
    return model.hasPrefix(prefix) ? String(model.dropFirst(prefix.count)) : model
  }

  /// A configured path with the operation of another one. A path that ends with no operation is left alone.
  static func path(_ configured: String, withOperationOf other: String) -> String {
    guard let colon = configured.lastIndex(of: ":"),
      operations.contains(String(configured[configured.index(after: colon)...])),
      let operation = other.lastIndex(of: ":")
    else {
      return configured
    }
    return String(configured[..<colon]) + String(other[operation...])
  }

  /// The operations of a model that pass through the gateway. Batches are none of them: their prompts would pass every
  /// guard unseen, and their answers uncounted.
  static let operations: Set<String> = [
    "generateContent", "streamGenerateContent", "countTokens", "computeTokens", "embedContent",
    "batchEmbedContents", "predict",
  ]
}
