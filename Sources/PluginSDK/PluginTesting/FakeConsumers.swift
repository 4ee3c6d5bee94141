// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// The consumers of a test, and their keys.
struct FakeConsumers {
  private var consumers: [Consumer] = []
  private var keys: [[UInt8]: (consumer: Consumer, credential: String)] = [:]

  mutating func add(_ consumer: Consumer, keys: [String: String]) {
    consumers.append(consumer)
    for (key, credential) in keys { self.keys[Array(key.utf8)] = (consumer, credential) }
  }

  func find(key: [UInt8]) -> (consumer: Consumer, credential: String)? { keys[key] }

  func find(named name: String) -> Consumer? {
    consumers.first { $0.id == name } ?? consumers.first { $0.username == name }
  }

  // The numbers are those of the fields of `patchbay.plugin.v1.Consumer`.
  static func write(_ consumer: Consumer, to message: MessageWriter) {
    message.text(1, consumer.id)
    message.text(2, consumer.username)
    message.text(3, consumer.customID)
    for tag in consumer.tags { message.text(4, tag) }
    for group in consumer.accessGroups { message.text(5, group) }
    for group in consumer.groups { message.text(6, group) }
  }
}
