// SPDX-License-Identifier: Apache-2.0

import HostConfiguration

/// A consumer as exchanges use it, made ready when its configuration is read.
final class KnownConsumer: Sendable {
  let id: String
  let username: String
  let customID: String
  let tags: [String]
  /// Of its `acls`, in the order of the file.
  let accessGroups: [String]
  /// Names of the consumer groups, sorted.
  let groups: [String]
  /// The entity as logs show it.
  let json: String
  /// Which chains are for it: a number among the directory's scopes; nil: those for anyone.
  let scope: Int?
  /// What other plugins may ask for.
  let variables: [NamedValue]

  init(_ consumer: Consumer, accessGroups: [String], groups: [String], scope: Int?) {
    id = consumer.id
    username = consumer.username
    customID = consumer.customID
    tags = consumer.tags
    self.accessGroups = accessGroups
    self.groups = groups
    self.scope = scope
    json = consumer.json
    var variables = [NamedValue("consumer.id", text: id)]
    if !username.isEmpty { variables.append(NamedValue("consumer.username", text: username)) }
    if !customID.isEmpty { variables.append(NamedValue("consumer.custom_id", text: customID)) }
    variables += [
      NamedValue("consumer.tags", list: tags),
      NamedValue("consumer.groups", list: groups),
      NamedValue("consumer.acl_groups", list: accessGroups),
    ]
    self.variables = variables
  }
}

extension NamedValue {
  /// Beginnings of the names that only the host sets: who the client is no plugin can claim.
  private static let reserved = ["consumer.", "credential."].map { Array($0.utf8) }

  var isIdentity: Bool { Self.isIdentity(name) }

  static func isIdentity(_ name: some Sequence<UInt8>) -> Bool {
    reserved.contains { name.starts(with: $0) }
  }

  init(_ name: String, text: String) {
    self.init(name: Array(name.utf8), value: .text(Array(text.utf8)))
  }

  fileprivate init(_ name: String, list: [String]) {
    let array = ConfigurationValue(.array(list.map { ConfigurationValue(.string($0)) }))
    self.init(name: Array(name.utf8), value: .json(array.json(revealing: false)))
  }
}
