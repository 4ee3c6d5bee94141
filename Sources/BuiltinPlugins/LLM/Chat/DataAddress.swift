// SPDX-License-Identifier: Apache-2.0

/// An address that holds its own data (RFC 2397): `data:image/png;base64,…`.
struct DataAddress {
  /// The media type, without parameters; empty if it is not said.
  let mediaType: Substring
  /// Whether the data is in base64.
  let isBase64: Bool
  /// What stands behind the comma.
  let data: Substring

  /// Nil: the address is of another kind.
  init?(_ url: String) {
    let text = url.utf8
    guard text.prefix(5).elementsEqual("data:".utf8) || url.prefix(5).lowercased() == "data:",
      let comma = text.firstIndex(of: UInt8(ascii: ","))
    else {
      return nil
    }
    let head = url[text.index(text.startIndex, offsetBy: 5)..<comma]
    mediaType = head.prefix { $0 != ";" }
    isBase64 = head.lowercased().hasSuffix(";base64")
    data = url[text.index(after: comma)...]
  }
}
