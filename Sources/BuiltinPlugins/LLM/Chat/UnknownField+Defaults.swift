// SPDX-License-Identifier: Apache-2.0

extension UnknownField {
  /// Whether the member of a request only says what is so without it: nothing is lost with it.
  var isDefault: Bool {
    switch key {
    case "n", "best_of": value.bytes.elementsEqual("1".utf8)
    case "echo", "store", "logprobs": value.bytes.elementsEqual("false".utf8)
    case "top_logprobs": value.bytes.elementsEqual("0".utf8)
    case "logit_bias", "metadata": value.bytes.elementsEqual("{}".utf8)
    default: false
    }
  }
}
