// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// How errors of the gateway look to a client that speaks OpenAI's API.
enum OpenAIDialect {
  private static let error =
    #"{"error":{"message":"{message}","type":"gateway_error","param":null,"code":"{code}"}}"#

  static let errors = ErrorTemplate(
    contentType: "application/json", body: error, event: "data: \(error)\n\n")
}
