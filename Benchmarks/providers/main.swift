// SPDX-License-Identifier: Apache-2.0

// What translation costs inside of the plugin, for each provider with an API of its own: microseconds of CPU for a chat
// of 1 KB, megabytes a second for a conversation of 128 KB, microseconds for an event of a stream. Prints a JSON object.

import CPluginSystem
import LLM

// As a plugin's process starts.
patchbay_keep_memory()
let call = ProviderCall(model: "model-1", id: "chatcmpl-1", created: 1)
var results: [String] = []
for provider in Providers.all {
  let small = try Translation(provider, Conversations.small).measured()
  let large = try Translation(provider, Conversations.large).measured()
  let stream = try Stream(provider).measured()
  let rate = Double(Conversations.large.count) / large * 1000
  results.append(
    """
    {"provider": "\(provider.name)", "chat_1k_us": \(rounded(small / 1000)), \
    "conversation_128k_mb_s": \(rounded(rate)), "event_us": \(rounded(stream / 1000))}
    """)
}
print("[\n  " + results.joined(separator: ",\n  ") + "\n]")

func rounded(_ value: Double) -> String {
  let tenths = Int((value * 10).rounded())
  return "\(tenths / 10).\(tenths % 10)"
}
