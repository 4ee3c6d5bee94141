// SPDX-License-Identifier: Apache-2.0

// Azure has deployments in place of models, and versions of its API by date.
extension OpenAICompatible {
  /// The provider as a client asks it that gives an `api-version` of its own, which wins over the
  /// configured one; nil or empty: it gives none.
  package func following(clientVersion: @autoclosure () -> String?) -> OpenAICompatible {
    guard name == "azure", let version = clientVersion(), !version.isEmpty else { return self }
    var followed = self
    followed.takeVersion(version)
    return followed
  }

  static func azure(_ settings: ProviderSettings) -> OpenAICompatible {
    let deployment = PathSegment.escaped(settings.azureDeployment ?? "")
    let root = "/openai/deployments/" + deployment
    var azure = OpenAICompatible(
      azure: settings.azureInstance.flatMap { $0.isEmpty ? nil : "https://\($0).openai.azure.com" },
      root: root)
    azure.takeVersion(settings.azureAPIVersion ?? "2023-05-15")
    return azure
  }

  private mutating func takeVersion(_ version: String) {
    query = [ProviderRequest.Field("api-version", version)]
    // Versions are dates; `preview` and what else may come is newer than all of them.
    let isDated = version.utf8.first.map { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    let isOld = isDated == true && version < "2024-09-01"
    quirks.streamUsage = isOld ? .never : .onRequest
    quirks.lengthLimit = isOld ? .maxTokens : .byModel
    quirks.takesDeveloperRole = !isOld
  }
}
