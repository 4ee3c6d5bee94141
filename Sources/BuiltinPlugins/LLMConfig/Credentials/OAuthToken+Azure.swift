// SPDX-License-Identifier: Apache-2.0

import LLM
package import PluginSDK

extension OAuthToken {
  /// For Azure's AI services: an application's own credentials where all three parts are given, else the identity of the
  /// machine.
  ///
  /// - Parameter authority: where Entra ID gives tokens, without a slash at its end.
  package static func azure(
    tenant: String?, clientID: String?, clientSecret: Secret?, authority: String
  ) -> OAuthToken {
    let resource = "https://cognitiveservices.azure.com"
    guard let clientID, let clientSecret, let tenant else {
      return .azureIdentity(resource: resource, clientID: clientID)
    }
    return .clientCredentials(
      tokenURL: "\(authority)/\(PathSegment.escaped(tenant))/oauth2/v2.0/token",
      clientID: clientID, clientSecret: clientSecret, scope: "\(resource)/.default")
  }
}
