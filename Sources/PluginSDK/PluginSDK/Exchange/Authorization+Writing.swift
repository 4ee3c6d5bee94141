// SPDX-License-Identifier: Apache-2.0

// The numbers are those of the fields of `patchbay.plugin.v1.Authorization`.
extension MessageWriter {
  func authorization(_ field: Int, _ authorization: Authorization) {
    message(field) { message in
      switch authorization {
      case .nothing: message.message(1) { _ in }
      case .aws(let signature): message.message(2) { $0.write(signature) }
      case .bearer(let token): message.message(3) { $0.write(token.grant) }
      }
    }
  }

  /// Text; none and empty are the default and not written.
  private func optional(_ field: Int, _ text: String?) {
    if let text, !text.isEmpty { self.text(field, text) }
  }

  private func write(_ signature: AWSSignature) {
    optional(1, signature.service)
    optional(2, signature.region)
    optional(3, signature.accessKey?.handle)
    optional(4, signature.secretKey?.handle)
    optional(5, signature.sessionToken?.handle)
    guard let role = signature.role else { return }
    message(6) { message in
      message.optional(1, role.arn)
      message.optional(2, role.sessionName)
      message.optional(3, role.stsURL)
      message.optional(4, role.externalID)
    }
  }

  private func write(_ grant: OAuthToken.Grant) {
    switch grant {
    case .clientCredentials(let url, let clientID, let clientSecret, let scope):
      message(1) { message in
        message.optional(1, url)
        message.optional(2, clientID)
        message.optional(3, clientSecret.handle)
        message.optional(4, scope)
      }
    case .jwtBearer(let account, let url, let scope):
      message(2) { message in
        message.optional(1, account?.handle)
        message.optional(2, url)
        message.optional(3, scope)
      }
    case .googleMetadata(let url): message(3) { $0.optional(1, url) }
    case .azureIdentity(let url, let resource, let clientID):
      message(4) { message in
        message.optional(1, url)
        message.optional(2, resource)
        message.optional(3, clientID)
      }
    }
  }
}
