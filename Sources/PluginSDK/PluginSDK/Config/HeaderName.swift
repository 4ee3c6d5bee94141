// SPDX-License-Identifier: Apache-2.0

/// Names of header fields in configurations, as Kong takes them: fewer characters than HTTP allows.
public enum HeaderName {
  /// What is wrong with a name, in Kong's words; nil: nothing.
  public static func problem(_ name: String) -> String? {
    let isName = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    return isName && !name.isEmpty
      ? nil : "bad header name '\(name)', allowed characters are A-Z, a-z, 0-9, '_', and '-'"
  }
}
