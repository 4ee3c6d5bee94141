// SPDX-License-Identifier: Apache-2.0

/// International bank account numbers (ISO 13616), in one piece or in groups of four.
enum IBANs {
  static func find(
    at start: Int, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.iban), text[start].isLetter, text[start + 1].isLetter,
      text[start + 2].isDigit, text[start + 3].isDigit,
      let length = lengths[UInt16(text[start].raised) << 8 | UInt16(text[start + 1].raised)]
    else { return }
    var number: [UInt8] = []
    var index = start
    while number.count < length {
      let byte = text[index]
      if byte.isAlphanumeric {
        number.append(byte.raised)
      } else if byte == 0x20 || byte == 0x2D, number.count % 4 == 0, text[index + 1].isAlphanumeric
      {
        index += 1
        continue
      } else {
        return
      }
      index += 1
    }
    guard text.isBoundary(at: index) else { return }
    if Checksums.mod97(number[4...] + number[..<4]) == 1 { findings.add(.iban, start..<index) }
  }

  private static let lengths: [UInt16: Int] = {
    let list = """
      AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 \
      ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 \
      LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 \
      QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
      """
    var lengths: [UInt16: Int] = [:]
    for entry in list.split(separator: " ") {
      let bytes = Array(entry.utf8)
      lengths[UInt16(bytes[0]) << 8 | UInt16(bytes[1])] = bytes[2].value * 10 + bytes[3].value
    }
    return lengths
  }()
}
