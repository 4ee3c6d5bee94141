// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol

// Conversations about the connection itself.
extension GoldenTranscripts {
  static func handshake() throws -> Conversation {
    try Conversation(
      "01-handshake",
      "Hello, Ready, a configuration as a dry run, and the same configuration in earnest."
    ) { talk in
      try talk.greet()
      talk.note("dry run: checked, and not kept")
      try talk.configure(isDryRun: true)
      var subscription = SubscriptionMessage(phase: 1)
      subscription.headers = ["content-type", "x-hello"]
      subscription.inspects = true
      subscription.deadlineMilliseconds = 250
      var condition = ConditionMessage()
      condition.methods = ["POST"]
      condition.pathPrefixes = ["/chat"]
      condition.headers = [ConditionMessage.Header(name: "x-tenant", value: nil)]
      condition.maxBody = 1 << 20
      subscription.condition = condition
      try talk.accept([subscription])
      talk.note("in earnest")
      try talk.configure()
      try talk.accept([subscription])
    }
  }

  static func refusal() throws -> Conversation {
    try Conversation(
      "02-refused-configuration",
      "The plugin refuses a configuration and names the place; the host sends a corrected one."
    ) { talk in
      try talk.greet()
      try talk.configure(config: #"{"nam":"x-hello"}"#)
      try talk.say(
        .toHost,
        .configured(
          ControlMessage.Configured(
            generation: Conversation.generation,
            instances: [
              ControlMessage.Configured.Instance(
                instance: Conversation.instance, subscriptions: [],
                diagnostics: [
                  ControlMessage.Configured.Diagnostic(
                    isWarning: false, pointer: "/nam", message: "unknown field; meant 'name'?")
                ], logFiles: [])
            ])))
      try talk.say(
        .toHost,
        .log(ControlMessage.LogLine(level: 4, message: "configuration refused", exchange: 0)))
      try talk.configure()
      try talk.accept([SubscriptionMessage(phase: 1)])
    }
  }

  static func ping() throws -> Conversation {
    try Conversation(
      "13-ping",
      "Each side asks whether the other is alive, on both connections. A frame of an unknown type\n"
        + "that is marked as ignorable is skipped."
    ) { talk in
      try talk.begin()
      try talk.say(.toPlugin, .ping(nonce: 41))
      try talk.say(.toHost, .pong(nonce: 41, inFlight: 0))
      try talk.say(.toHost, .ping(nonce: 1 << 40))
      try talk.say(.toPlugin, .pong(nonce: 1 << 40, inFlight: 0))
      for (ask, answer) in [(WireDirection.toPlugin, WireDirection.toHost), (.toHost, .toPlugin)] {
        try talk.say(ask, .data, WireFrame(.ping(nonce: 7)))
        try talk.say(answer, .data, WireFrame(.pong(nonce: 7, inFlight: 0)))
      }
      talk.note("of a later version of the protocol")
      for link in [WireLink.control, .data] {
        var unknown = WireFrame(.log, flags: .ignorable, meta: [0x08, 0x01])
        unknown.header.type = 0x6F
        try talk.say(.toPlugin, link, unknown)
      }
    }
  }

  static func drain() throws -> Conversation {
    try Conversation(
      "14-drain", "The host drains the plugin while a call is open: that is answered first."
    ) { talk in
      try talk.begin()
      try talk.say(.toPlugin, .data, .requestCall())
      try talk.say(.toPlugin, .drain(deadlineMilliseconds: 10_000))
      try talk.say(.toHost, .data, .reply())
      try talk.say(.toHost, .drained)
    }
  }

  static func incompatible() throws -> Conversation {
    try Conversation(
      "15-incompatible", "The host speaks only versions that the plugin does not know."
    ) { talk in
      let hello = ControlMessage.Hello(
        versions: 7...9, host: "patchbay/9.0", incarnation: 1, dataConnections: 1,
        limits: ConnectionLimits())
      try talk.say(.toPlugin, .hello(hello))
      try talk.say(
        .toHost, .failure(ControlConnection.mismatch(host: 7...9, plugin: 1...1)))
    }
  }

  static func violation() throws -> Conversation {
    try Conversation(
      "16-violation",
      "The plugin answers twice. The host closes the connection, and gives the process up."
    ) { talk in
      try talk.begin()
      try talk.say(
        .toPlugin, .data,
        .call(PATCHBAY__PLUGIN__V1__PHASE__PHASE_REQUEST) { call, arena in
          call.request = arena.requestHead()
        })
      try talk.say(.toHost, .data, .reply())
      try talk.say(.toHost, .data, .reply(), breaking: .notAsked)
    }
  }
}
