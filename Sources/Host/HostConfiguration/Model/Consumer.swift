// SPDX-License-Identifier: Apache-2.0

/// Kong's consumer: who sends requests.
package struct Consumer: Sendable {
  package var id = ""
  /// One of the two is not empty.
  package var username = ""
  package var customID = ""
  /// Indices into the configuration's consumer groups, in the order of the groups' names.
  package var groups: [Int] = []
  package var tags: [String] = []
  package var place = Place()
  package var line = 0
}

/// Consumers that plugins can be configured for together.
package struct ConsumerGroup: Sendable {
  package var id = ""
  package var name = ""
  package var tags: [String] = []
  package var place = Place()
  package var line = 0
}

/// What a consumer is known by, or may do: an entry of `keyauth_credentials`, `acls` and their like.
package struct Credential: Sendable {
  /// The kinds, by the names of their lists in a file.
  package enum Kind: String, Sendable, CaseIterable {
    case keyAuth = "keyauth_credentials"
    case basicAuth = "basicauth_credentials"
    case hmacAuth = "hmacauth_credentials"
    case jwt = "jwt_secrets"
    case acl = "acls"
  }

  package var id = ""
  package var kind: Kind
  /// Index into the configuration's consumers.
  package var consumer: Int?
  /// What the kind asks for; what is secret in it never shows itself.
  package var fields: [ConfigurationValue.Member] = []
  package var tags: [String] = []
  /// Seconds since 1970; nil: the file does not say.
  package var createdAt: Int?
  package var place = Place()
  package var line = 0

  package init(_ kind: Kind) { self.kind = kind }
}

extension Credential {
  /// Seconds since 1970 from which on it is none any more; nil: it stays.
  ///
  /// - Parameter accepted: when the configuration was, in the same seconds: it is as old as that unless the file says how old.
  package func end(accepted: Int) -> Int? {
    guard case .number(let text) = fields.first(where: { $0.name == "ttl" })?.value.content,
      let seconds = Int(text), seconds > 0
    else { return nil }
    let (end, isEndless) = (createdAt ?? accepted).addingReportingOverflow(seconds)
    return isEndless ? nil : end
  }

  /// The text of a field, for whoever compares it with what a client sent.
  package func text(_ field: String) -> String? {
    switch fields.first(where: { $0.name == field })?.value.content {
    case .string(let text): text
    case .secret(_, let secret): secret.revealed
    default: nil
    }
  }
}
