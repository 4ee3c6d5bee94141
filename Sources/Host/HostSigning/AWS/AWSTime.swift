// SPDX-License-Identifier: Apache-2.0

/// A moment as AWS writes it.
package struct AWSTime: Sendable {
  /// `20150830T123600Z`.
  let stamp: [UInt8]
  /// `20150830`.
  var day: [UInt8] { Array(stamp.prefix(8)) }

  /// - Parameter seconds: since 1970.
  package init(seconds: UInt64) {
    let (year, month, day) = Self.date(ofDay: Int(seconds / 86_400))
    let time = Int(seconds % 86_400)
    let stamp =
      Self.digits(year, 4) + Self.digits(month, 2) + Self.digits(day, 2) + "T"
      + Self.digits(time / 3600, 2) + Self.digits(time / 60 % 60, 2) + Self.digits(time % 60, 2)
      + "Z"
    self.stamp = Array(stamp.utf8)
  }

  /// Seconds since 1970 of `2015-08-30T12:36:00Z`, with or without a fraction; nil: it is no such text.
  static func seconds(of text: String) -> UInt64? {
    guard
      let match = text.wholeMatch(
        of: /([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?Z/),
      let year = Int(match.1), let month = Int(match.2), let day = Int(match.3),
      let hour = Int(match.4), let minute = Int(match.5), let second = Int(match.6),
      year >= 1970, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
      second <= 60
    else { return nil }
    return UInt64(Self.day(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
  }

  private static func digits(_ number: Int, _ count: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }

  // The Gregorian calendar in eras of 400 years that begin with March: the leap day is the last of its year.

  private static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    )
  }

  private static func day(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let yearOfEra = year % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return year / 400 * 146_097 + dayOfEra - 719_468
  }
}
