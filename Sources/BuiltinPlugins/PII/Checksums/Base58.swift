// SPDX-License-Identifier: Apache-2.0

/// Bitcoin's base 58 with its checksum.
enum Base58 {
  private static let alphabet = Array(
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)

  private static let values: [Int] = {
    var values = [Int](repeating: -1, count: 256)
    for (value, byte) in alphabet.enumerated() { values[Int(byte)] = value }
    return values
  }()

  /// What a text holds in front of its four bytes of checksum; nil if that is wrong.
  static func check(_ text: [UInt8]) -> [UInt8]? {
    guard let bytes = decode(text), bytes.count > 4 else { return nil }
    let payload = Array(bytes.dropLast(4))
    return SHA256.hash(SHA256.hash(payload)).prefix(4).elementsEqual(bytes.suffix(4))
      ? payload : nil
  }

  /// A payload with its checksum.
  static func encode(_ payload: [UInt8]) -> String {
    let bytes = payload + SHA256.hash(SHA256.hash(payload)).prefix(4)
    var digits: [Int] = []
    for byte in bytes {
      var carry = Int(byte)
      for index in digits.indices {
        carry += digits[index] << 8
        digits[index] = carry % 58
        carry /= 58
      }
      while carry > 0 {
        digits.append(carry % 58)
        carry /= 58
      }
    }
    let zeros = bytes.prefix { $0 == 0 }.count
    let text =
      [UInt8](repeating: alphabet[0], count: zeros) + digits.reversed().map { alphabet[$0] }
    return String(decoding: text, as: UTF8.self)
  }

  private static func decode(_ text: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    for byte in text {
      var carry = values[Int(byte)]
      guard carry >= 0 else { return nil }
      for index in bytes.indices {
        carry += Int(bytes[index]) * 58
        bytes[index] = UInt8(carry & 0xFF)
        carry >>= 8
      }
      while carry > 0 {
        bytes.append(UInt8(carry & 0xFF))
        carry >>= 8
      }
    }
    let zeros = text.prefix { $0 == alphabet[0] }.count
    return [UInt8](repeating: 0, count: zeros) + bytes.reversed()
  }
}

/// BIP 173 and BIP 350.
enum Bech32 {
  private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
  private static let prefixes = ["bc", "tb", "ltc", "bcrt", "addr"]

  /// Whether it is an address with a known prefix and a right checksum.
  static func isAddress(_ text: [UInt8]) -> Bool {
    let folded = text.map(\.folded)
    guard folded == text || text.allSatisfy({ !$0.isLower }),
      let one = folded.lastIndex(of: UInt8(ascii: "1")), one > 1, folded.count - one > 6,
      prefixes.contains(String(decoding: folded[..<one], as: UTF8.self))
    else { return false }
    var values = folded[..<one].map { Int($0 >> 5) } + [0] + folded[..<one].map { Int($0 & 31) }
    for byte in folded[(one + 1)...] {
      guard let value = alphabet.firstIndex(of: byte) else { return false }
      values.append(value)
    }
    let check = polymod(values)
    return check == 1 || check == 0x2bc8_30a3
  }

  private static func polymod(_ values: [Int]) -> Int {
    let generator = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
    var check = 1
    for value in values {
      let top = check >> 25
      check = (check & 0x1ff_ffff) << 5 ^ value
      for index in 0..<5 where (top >> index) & 1 == 1 { check ^= generator[index] }
    }
    return check
  }
}
