// SPDX-License-Identifier: Apache-2.0

/// A consumer in a group, by their indices when they are known.
struct Membership {
  var consumer: Int?
  var group: Int?
}

// Groups, and who belongs to them: a consumer's `groups`, or the list `consumer_group_consumers`.
extension DeclarativeReader {
  mutating func readConsumerGroup(_ value: ConfigurationValue, _ place: Place) {
    var record = RecordReader(value, at: place)
    var group = ConsumerGroup()
    group.place = place
    group.line = value.line
    (group.id, group.name) = identify(&record, "consumer_groups")
    record.require("name")
    group.tags = record.strings("tags", EntityRules.tag)
    record.ignore(["created_at", "updated_at"])
    configuration.consumerGroups.append(group)
    let index = configuration.consumerGroups.count - 1
    for (value, place) in record.records("plugins") {
      readPlugin(value, place, consumerGroup: index)
    }
    errors += record.finish()
  }

  /// The groups that a consumer names: `groups: [{name: gold}]`, or by their names alone.
  mutating func readGroups(_ record: inout RecordReader, ofConsumer consumer: Int) {
    for (value, place) in record.records("groups") {
      memberships.append(Membership(consumer: consumer))
      let owner = PendingReference.Owner.membership(memberships.count - 1)
      if !refer(to: value, .consumerGroup, at: place, from: owner) {
        errors.append(
          ConfigurationError(
            place, "expected the name or id of a consumer group", line: value.line))
      }
    }
  }

  mutating func readMembership(_ value: ConfigurationValue, _ place: Place) {
    var record = RecordReader(value, at: place)
    memberships.append(Membership())
    let owner = PendingReference.Owner.membership(memberships.count - 1)
    record.require("consumer")
    record.require("consumer_group")
    refer(&record, .consumer, from: owner)
    refer(&record, .consumerGroup, from: owner)
    record.ignore(["id", "created_at", "updated_at", "tags"])
    errors += record.finish()
  }

  /// Gives the consumers their groups, when all references are known.
  mutating func joinGroups() {
    for membership in memberships {
      guard let consumer = membership.consumer, let group = membership.group,
        !configuration.consumers[consumer].groups.contains(group)
      else { continue }
      configuration.consumers[consumer].groups.append(group)
    }
    let names = configuration.consumerGroups.map(\.name)
    for index in configuration.consumers.indices {
      configuration.consumers[index].groups.sort { names[$0] < names[$1] }
    }
  }
}
