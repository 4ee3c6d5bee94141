// SPDX-License-Identifier: Apache-2.0

/// Addresses of cryptocurrencies, by their checksums; of Ethereum by their shape. Private keys of wallets are credentials.
enum Crypto {
  static func find(
    token range: Range<Int>, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard range.count <= 103 else { return }
    let bytes = text.copy(range)
    if isEthereum(bytes) {
      findings.add(.crypto, range)
    } else if bytes.count >= 42, Bech32.isAddress(bytes) {
      findings.add(.crypto, range)
    } else if (25...35).contains(bytes.count), Base58.check(bytes)?.count == 21 {
      findings.add(.crypto, range)
    } else if (51...52).contains(bytes.count), let key = Base58.check(bytes),
      (33...34).contains(key.count)
    {
      findings.add(.privateKey, range)
    }
  }

  private static func isEthereum(_ bytes: [UInt8]) -> Bool {
    bytes.count == 42 && bytes[0] == 0x30 && bytes[1] == UInt8(ascii: "x")
      && bytes[2...].allSatisfy(\.isHexadecimal) && bytes[2...].contains { $0 != 0x30 }
  }
}
