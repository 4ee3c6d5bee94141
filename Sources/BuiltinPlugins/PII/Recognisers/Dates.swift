// SPDX-License-Identifier: Apache-2.0

/// Days with their year: in digits, or with the name of a month in seven languages; and the time of day behind them.
enum Dates {
  static func find(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.date) else { return }
    if let end = numeric(run, in: text, &findings) {
      findings.add(.date, run.start..<endOfTime(from: end, in: text))
    } else if (1...2).contains(run.length(0)), (1...31).contains(run.value(0)),
      let end = dayFirst(run, in: text)
    {
      findings.add(.date, run.start..<endOfTime(from: end, in: text))
    }
  }

  private static func numeric(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) -> Int? {
    if run.length(0) == 8, isDay(run.digits(1)),
      findings.context(text, before: run.start).contains(.birth), text.isBoundary(at: run.ends[0])
    {
      return run.ends[0]
    }
    guard run.groups >= 3, run.isSeparated(3, by: "-/. ") else { return nil }
    let separator = run.separators[1]
    guard run.groups == 3 || run.separators[3] != separator || separator == 0x20 else { return nil }
    let (a, b, c) = (run.value(0), run.value(1), run.value(2))
    let lengths = (run.length(0), run.length(1), run.length(2))
    if separator == 0x20 {
      // `5. 3. 2024`; without the full stops it is a row of numbers.
      guard text[run.ends[0]] == UInt8(ascii: ".") else { return nil }
    }
    switch lengths {
    case (4, 1...2, 1...2):
      return isYear(a) && (1...12).contains(b) && (1...31).contains(c) ? run.ends[2] : nil
    case (1...2, 1...2, 4):
      return isDayAndMonth(a, b) && isYear(c) ? run.ends[2] : nil
    case (1...2, 1...2, 2):
      let isDate =
        separator == UInt8(ascii: "/")
        || findings.context(text, before: run.start).contains(.birth)
      return isDate && isDayAndMonth(a, b) && text.isBoundary(at: run.ends[2]) ? run.ends[2] : nil
    default: return nil
    }
  }

  private static func isDay(_ digits: [Int]) -> Bool {
    let year = digits[..<4].reduce(0) { $0 * 10 + $1 }
    return isYear(year) && (1...12).contains(digits[4] * 10 + digits[5])
      && (1...31).contains(digits[6] * 10 + digits[7])
  }

  private static func isYear(_ year: Int) -> Bool { (1900...2100).contains(year) }

  private static func isDayAndMonth(_ a: Int, _ b: Int) -> Bool {
    ((1...12).contains(a) && (1...31).contains(b)) || ((1...31).contains(a) && (1...12).contains(b))
  }

  // MARK: - Names of months

  /// `5 March 2024`, `5. März 2024`, `5 de marzo de 2024`, `5th of March, 2024`.
  private static func dayFirst(_ run: NumberRun, in text: borrowing TextReader) -> Int? {
    var index = ordinal(behind: run.ends[0], in: text)
    if text[index] == UInt8(ascii: ".") { index += 1 }
    index = gap(from: index, in: text)
    index = skip(["of", "de"], at: index, in: text)
    guard let month = month(at: index, in: text) else { return nil }
    index = gap(from: month, in: text)
    index = skip(["of", "de", "del"], at: index, in: text)
    return year(at: index, in: text)
  }

  /// `March 5, 2024`: looked for at a word that a digit may follow.
  static func find(
    behindWord chunk: Chunk, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.date), chunk.end - chunk.start < 16,
      text[chunk.start].isLetter || text[chunk.start] >= 0x80,
      let end = month(at: chunk.start, in: text)
    else { return }
    let day = gap(from: end, in: text)
    let dayEnd = text.end(from: day, most: 3) { $0.isDigit }
    guard (1...2).contains(dayEnd - day) else { return }
    var index = ordinal(behind: dayEnd, in: text)
    index = gap(from: index, in: text)
    if let year = year(at: index, in: text) {
      findings.add(.date, chunk.start..<endOfTime(from: year, in: text))
    }
  }

  private static func year(at index: Int, in text: borrowing TextReader) -> Int? {
    let end = text.end(from: index, most: 5) { $0.isDigit }
    guard end - index == 4 else { return nil }
    let year = (index..<end).reduce(0) { $0 * 10 + text[$1].value }
    return isYear(year) ? end : nil
  }

  private static func ordinal(behind index: Int, in text: borrowing TextReader) -> Int {
    for suffix: StaticString in ["st", "nd", "rd", "th", "er"]
    where text.hasFolded(suffix, at: index) && text.isBoundary(at: index + 2) {
      return index + 2
    }
    return index
  }

  /// Spaces, a comma or a hyphen.
  private static func gap(from index: Int, in text: borrowing TextReader) -> Int {
    text.end(from: index, most: 2) { $0 == 0x20 || $0 == 0x2C || $0 == 0x2D || $0 == 0x2F }
  }

  private static func skip(
    _ words: [StaticString], at index: Int, in text: borrowing TextReader
  ) -> Int {
    for word in words
    where text.hasFolded(word, at: index) && text[index + word.utf8CodeUnitCount] == 0x20 {
      return index + word.utf8CodeUnitCount + 1
    }
    return index
  }

  /// The end of the month's name at a place, with the full stop of a short one.
  private static func month(at index: Int, in text: borrowing TextReader) -> Int? {
    guard firstLetters.contains(text[index].folded) else { return nil }
    let end = text.end(from: index, most: 12) { $0.isWordByte }
    guard end - index >= 3 else { return nil }
    let word = String(decoding: text.copy(index..<end), as: UTF8.self).lowercased()
    guard months.contains(word) else { return nil }
    return text[end] == UInt8(ascii: ".") ? end + 1 : end
  }

  private static let firstLetters = Set("jfmasondegliuhà".utf8)

  private static let months = Set(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul aug \
    sep sept oct nov dec januar jänner februar märz mai juni juli oktober dezember mär okt dez janvier février mars \
    avril juin juillet août septembre octobre novembre décembre janv févr avr juil déc enero febrero marzo abril mayo \
    junio julio agosto septiembre octubre noviembre diciembre ene abr ago dic gennaio febbraio aprile maggio giugno \
    luglio settembre ottobre dicembre gen mag giu lug set ott janeiro fevereiro março junho julho setembro outubro \
    dezembro fev januari februari maart mei augustus mrt
    """.split(separator: " ").map(String.init))

  // MARK: - Times

  /// `T10:20:30.5Z`, ` 10:20`: behind a date.
  private static func endOfTime(from end: Int, in text: borrowing TextReader) -> Int {
    guard text[end] == 0x20 || text[end].folded == UInt8(ascii: "t"), text[end + 1].isDigit else {
      return end
    }
    let hours = text.end(from: end + 1, most: 3) { $0.isDigit }
    guard (1...2).contains(hours - end - 1), text[hours] == UInt8(ascii: ":"),
      text[hours + 1].isDigit, text[hours + 2].isDigit
    else { return end }
    var index = hours + 3
    if text[index] == UInt8(ascii: ":"), text[index + 1].isDigit, text[index + 2].isDigit {
      index += 3
      if text[index] == UInt8(ascii: "."), text[index + 1].isDigit {
        index = text.end(from: index + 1, most: 9) { $0.isDigit }
      }
    }
    if text[index].folded == UInt8(ascii: "z"), text.isBoundary(at: index + 1) { return index + 1 }
    let sign = text[index]
    if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), text[index + 1].isDigit,
      text[index + 2].isDigit
    {
      index += 3
      if text[index] == UInt8(ascii: ":") { index += 1 }
      index = text.end(from: index, most: 2) { $0.isDigit }
    }
    return index
  }
}
