// SPDX-License-Identifier: Apache-2.0

// Consumers, their groups and credentials as Kong's Admin API shows them. What is secret in a credential is not shown.
extension GatewayConfiguration {
  func entity(_ consumer: Consumer, _ now: Int) -> AdminEntity {
    AdminEntity(
      consumer.id, name: consumer.username, tags: consumer.tags,
      groups: consumer.groups.map { consumerGroups[$0].id }, at: now,
      document.record(at: consumer.place), consumer.members)
  }

  func entity(_ group: ConsumerGroup, _ now: Int) -> AdminEntity {
    AdminEntity(
      group.id, name: group.name, tags: group.tags, at: now, document.record(at: group.place),
      [
        .init(name: "id", value: .text(group.id)), .init(name: "name", value: .text(group.name)),
      ])
  }

  func entity(_ credential: Credential, _ now: Int) -> AdminEntity {
    let consumer = credential.consumer.map { consumers[$0].id }
    var fields = credential.fields
    if credential.kind == .keyAuth, !fields.contains(where: { $0.name == "ttl" }) {
      fields.append(.init(name: "ttl", value: .none))
    }
    return AdminEntity(
      credential.id, tags: credential.tags, owners: consumer.map { [.consumers: $0] } ?? [:],
      at: now, document.record(at: credential.place),
      [.init(name: "id", value: .text(credential.id))] + fields + [
        .init(name: "consumer", value: .reference(consumer))
      ])
  }
}
