// SPDX-License-Identifier: Apache-2.0

extension DeclarativeReader {
  mutating func readConsumer(_ value: ConfigurationValue, _ place: Place) {
    var record = RecordReader(value, at: place)
    var consumer = Consumer()
    consumer.place = place
    consumer.line = value.line
    let username = record.string("username")
    let customID = record.string("custom_id")
    if username == nil, customID == nil, !record.has("username"), !record.has("custom_id") {
      record.fail("", "at least one of these fields must be non-empty: 'custom_id', 'username'")
    }
    claim(&record, "consumers", "username", username)
    claim(&record, "consumers", "custom_id", customID)
    let id = record.string("id", EntityRules.uuid)
    claim(&record, "consumers", "id", id)
    consumer.id = id ?? StableID.of("consumers", username ?? customID ?? "", place)
    consumer.username = username ?? ""
    consumer.customID = customID ?? ""
    consumer.tags = record.strings("tags", EntityRules.tag)
    record.unsupported([
      "oauth2_credentials", "mtls_auth_credentials", "keyauth_enc_credentials",
    ])
    record.ignore(["created_at", "updated_at"])
    configuration.consumers.append(consumer)
    let index = configuration.consumers.count - 1
    readGroups(&record, ofConsumer: index)
    for kind in Credential.Kind.allCases {
      for (value, place) in record.records(kind.rawValue) {
        readCredential(value, place, kind, consumer: index)
      }
    }
    for (value, place) in record.records("plugins") { readPlugin(value, place, consumer: index) }
    errors += record.finish()
  }

  /// - Parameter consumer: whose it is; nil: the entry says it.
  mutating func readCredential(
    _ value: ConfigurationValue, _ place: Place, _ kind: Credential.Kind, consumer: Int?
  ) {
    var record = RecordReader(value, at: place)
    var credential = Credential(kind)
    credential.place = place
    credential.line = value.line
    credential.consumer = consumer
    let id = record.string("id", EntityRules.uuid)
    claim(&record, kind.rawValue, "id", id)
    credential.id = id ?? StableID.of(kind.rawValue, "", place)
    credential.tags = record.strings("tags", EntityRules.tag)
    for field in kind.fields { read(field, of: &credential, &record) }
    credential.createdAt = record.integer("created_at", in: 0...Int.max)
    record.ignore(["updated_at"])
    configuration.credentials.append(credential)
    if consumer == nil {
      record.require("consumer")
      refer(&record, .consumer, from: .credential(configuration.credentials.count - 1))
    }
    errors += record.finish()
  }

  private mutating func read(
    _ field: Credential.Field, of credential: inout Credential, _ record: inout RecordReader
  ) {
    let kind = credential.kind
    let value: ConfigurationValue.Content? =
      switch field.type {
      case .text(let values):
        (values.isEmpty ? record.string(field.name) : record.oneOf(field.name, values))
          .map { .string($0) }
      case .secret: record.secret(field.name)
      case .seconds: record.integer(field.name, in: 0...Int.max).map { .number(String($0)) }
      }
    if field.isRequired { record.require(field.name) }
    guard let value else { return }
    if field.isUnique { claim(value, of: field.name, kind, &record) }
    credential.fields.append(
      ConfigurationValue.Member(name: field.name, value: ConfigurationValue(value)))
  }

  /// As ``claim(_:_:_:_:)``, without the value in the error where it is secret.
  private mutating func claim(
    _ value: ConfigurationValue.Content, of field: String, _ kind: Credential.Kind,
    _ record: inout RecordReader
  ) {
    switch value {
    case .string(let text): claim(&record, kind.rawValue, field, text)
    case .secret(_, let secret):
      if !claim(kind.rawValue, field, secret.revealed) {
        record.fail(field, "the value is taken by another one")
      }
    default: return
    }
  }
}

extension Credential {
  /// A field of a kind of credentials.
  struct Field {
    enum Kind {
      /// One of the values, or any text.
      case text(oneOf: [String])
      case secret
      case seconds
    }

    var name: String
    var type = Kind.text(oneOf: [])
    var isRequired = false
    /// No two of the kind may have the same.
    var isUnique = false
  }
}

extension Credential.Kind {
  /// The names of those fields that nobody is shown.
  var secretFields: [String] {
    fields.compactMap { field in
      if case .secret = field.type { field.name } else { nil }
    }
  }

  fileprivate var fields: [Credential.Field] {
    switch self {
    case .keyAuth:
      [
        .init(name: "key", type: .secret, isRequired: true, isUnique: true),
        .init(name: "ttl", type: .seconds),
      ]
    case .basicAuth:
      [
        .init(name: "username", isRequired: true, isUnique: true),
        .init(name: "password", type: .secret, isRequired: true),
      ]
    case .hmacAuth:
      [
        .init(name: "username", isRequired: true, isUnique: true),
        .init(name: "secret", type: .secret),
      ]
    case .jwt:
      [
        .init(name: "key", isUnique: true), .init(name: "secret", type: .secret),
        .init(
          name: "algorithm",
          type: .text(oneOf: [
            "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512",
            "PS256", "PS384", "PS512", "EdDSA",
          ])),
        .init(name: "rsa_public_key"),
      ]
    case .acl: [.init(name: "group", isRequired: true)]
    }
  }
}
