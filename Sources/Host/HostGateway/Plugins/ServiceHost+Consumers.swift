// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import NIOCore
import PluginProtocol

// Whose a credential is, and who a consumer is: those of the configuration that the exchange began with.
extension ServiceHost {
  /// The service by which a plugin may ask for consumers and say who a client is, by the protocol's number.
  static var consumers: UInt32 { PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_CONSUMERS.rawValue }

  /// Nothing of what a client presents is kept or logged.
  func find(
    _ call: Patchbay__Plugin__V1__ServiceCall, payload: ByteBuffer, for exchange: Exchange
  ) -> ServiceOutcome {
    let directory = exchange.snapshot.consumers
    if call.operation_case == PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_FIND_CONSUMER {
      guard let name = String(field: call.find_consumer?.pointee.name) else {
        return .error("bad-request", "the name is no text")
      }
      return .consumer(directory.find(named: name), credential: "")
    }
    guard call.find_credential?.pointee.kind == PATCHBAY__PLUGIN__V1__CREDENTIAL_KIND__KEY_AUTH
    else { return .error("bad-request", "the host does not know this kind of credentials") }
    let found = payload.withUnsafeReadableBytes { directory.find(presentedKey: $0) }
    return .consumer(found?.consumer, credential: found?.credential ?? "")
  }
}

extension ConsumerDirectory {
  /// Whose key it is that a client has presented now.
  func find(
    presentedKey key: UnsafeRawBufferPointer
  ) -> (consumer: KnownConsumer, credential: String)? {
    find(key: key, now: Int(WallClock.microseconds() / 1_000_000))
  }
}

extension KnownConsumer? {
  func found(
    by credential: String, in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__FoundConsumer> {
    let message = arena.make { patchbay__plugin__v1__found_consumer__init($0) }
    guard let self else { return message }
    let consumer = arena.make { patchbay__plugin__v1__consumer__init($0) }
    consumer.pointee.id = arena.string(self.id)
    consumer.pointee.username = arena.string(self.username)
    consumer.pointee.custom_id = arena.string(self.customID)
    (consumer.pointee.tags, consumer.pointee.n_tags) = arena.strings(self.tags)
    (consumer.pointee.acl_groups, consumer.pointee.n_acl_groups) = arena.strings(self.accessGroups)
    (consumer.pointee.groups, consumer.pointee.n_groups) = arena.strings(self.groups)
    message.pointee.consumer = consumer
    message.pointee.credential = arena.string(credential)
    return message
  }
}
