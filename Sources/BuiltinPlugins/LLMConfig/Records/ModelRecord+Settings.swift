// SPDX-License-Identifier: Apache-2.0

package import LLM

extension ModelRecord {
  /// The options that shape a provider's requests, placeholders and all.
  package var settings: ProviderSettings {
    var settings = ProviderSettings()
    guard let options else { return settings }
    settings.anthropicVersion = options.anthropicVersion
    settings.azureInstance = options.azureInstance
    settings.azureDeployment = options.azureDeployment
    settings.azureAPIVersion = options.azureAPIVersion
    settings.serverFormat = options.serverFormat(of: provider)
    settings.embeddingsDimensions = options.embeddingsDimensions
    settings.gemini.apiEndpoint = options.gemini?.apiEndpoint
    settings.gemini.projectID = options.gemini?.projectID
    settings.gemini.locationID = options.gemini?.locationID
    settings.gemini.endpointID = options.gemini?.endpointID
    settings.bedrock.region = options.bedrock?.region
    settings.bedrock.performanceLatency = options.bedrock?.performanceLatency
    settings.bedrock.normalisesEmbeddings = options.bedrock?.normalisesEmbeddings ?? false
    settings.huggingFaceUsesCache = options.huggingFace?.usesCache
    settings.huggingFaceWaitsForModel = options.huggingFace?.waitsForModel
    settings.cohereInputType = options.cohere?.inputType
    settings.cohereWaitsForModel = options.cohere?.waitsForModel
    settings.dashscopeIsInternational = options.dashscope?.isInternational ?? true
    settings.databricksWorkspace = options.databricks?.workspace
    return settings
  }
}

extension ModelRecord.Options {
  fileprivate func serverFormat(of provider: String) -> ProviderSettings.ServerFormat? {
    let format = provider == "mistral" ? mistralFormat : llama2Format
    return format.flatMap { ProviderSettings.ServerFormat(rawValue: $0) }
  }
}
