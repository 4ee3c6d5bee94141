// SPDX-License-Identifier: Apache-2.0

/// The checksums of numbers. Digits are their values.
enum Checksums {
  /// ISO/IEC 7812.
  static func luhn(_ digits: [Int]) -> Bool {
    var sum = 0
    for (index, digit) in digits.reversed().enumerated() {
      let doubled = index % 2 == 1 ? digit * 2 : digit
      sum += doubled > 9 ? doubled - 9 : doubled
    }
    return sum % 10 == 0
  }

  /// ISO 7064, MOD 97-10, of letters and digits in upper case; 1 for a right IBAN behind its rotation.
  static func mod97(_ bytes: some Sequence<UInt8>) -> Int {
    bytes.reduce(0) { rest, byte in
      byte.isDigit
        ? (rest * 10 + byte.value) % 97 : (rest * 100 + Int(byte) - 55) % 97
    }
  }

  /// ISO 7064, MOD 11,10: the tax id of Germany.
  static func mod11and10(_ digits: [Int]) -> Bool {
    var product = 10
    for digit in digits.dropLast() {
      var sum = (digit + product) % 10
      if sum == 0 { sum = 10 }
      product = sum * 2 % 11
    }
    let check = 11 - product
    return (check == 10 ? 0 : check) == digits.last
  }

  /// The sum of digits by weights.
  static func weighted(_ digits: some Sequence<Int>, _ weights: [Int]) -> Int {
    zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Routing numbers of the American Bankers Association, in the ranges that are given out.
  static func aba(_ digits: [Int]) -> Bool {
    let prefix = digits[0] * 10 + digits[1]
    let isGiven =
      (1...12).contains(prefix) || (21...32).contains(prefix) || (61...72).contains(prefix)
      || prefix == 80
    return isGiven && weighted(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 == 0
  }

  /// Numbers of the NHS.
  static func nhs(_ digits: [Int]) -> Bool {
    let check = 11 - weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11
    return check != 10 && (check == 11 ? 0 : check) == digits[9]
  }

  /// Verhoeff's checksum: Aadhaar.
  static func verhoeff(_ digits: [Int]) -> Bool {
    var check = 0
    for (index, digit) in digits.reversed().enumerated() {
      check = dihedral[check][permutations[index % 8][digit]]
    }
    return check == 0
  }

  private static let dihedral: [[Int]] = (0..<10).map { a in
    (0..<10).map { b in
      switch (a < 5, b < 5) {
      case (true, true): (a + b) % 5
      case (true, false): 5 + (a + b - 5) % 5
      case (false, true): 5 + (a - 5 - b + 5) % 5
      case (false, false): (a - b + 5) % 5
      }
    }
  }

  private static let permutations: [[Int]] = {
    let first = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    var all = [Array(0..<10)]
    for _ in 1..<8 { all.append(all[all.count - 1].map { first[$0] }) }
    return all
  }()

  /// Numbers of vehicles, as 49 CFR 565 has it. Upper case.
  static func vin(_ bytes: [UInt8]) -> Bool {
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    let values = bytes.map { byte -> Int in
      if byte.isDigit { return byte.value }
      let place = Int(byte) - 65
      switch place {
      case 0...7: return place + 1
      case 9...13: return place - 8
      case 15: return 7
      case 17: return 9
      default: return place - 16
      }
    }
    let rest = weighted(values, weights) % 11
    return bytes[8] == (rest == 10 ? UInt8(ascii: "X") : UInt8(rest) + 0x30)
  }
}
