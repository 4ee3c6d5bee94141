// SPDX-License-Identifier: Apache-2.0

/// What the fields of a head say about its body and its connection, gathered in one pass.
struct FieldSummary {
  /// Where the value of Host lies.
  private(set) var host: Range<Int>?
  /// What the fields say about the body; nil when they say nothing (RFC 9112, 6.3).
  private(set) var framing: BodyFraming?
  private(set) var hasConnectionOptions = false
  private(set) var asksClose = false
  private(set) var asksKeepAlive = false
  private(set) var expectsContinue = false

  /// - Parameter isRequest: Host and Expect mean something.
  init(
    of table: [HeaderField], in head: RawSpan, version: HTTPVersion, isRequest: Bool
  ) throws(HTTPRefusal) {
    var hasLength = false
    var hasCoding = false
    for field in table where field.known != .other {
      switch field.known {
      case .host where isRequest:
        guard host == nil else { throw .duplicateHost }
        guard Authority.isValid(head.extracting(field.valueRange)) else { throw .badHost }
        host = field.valueRange
      case .contentLength:
        guard !hasLength else { throw .duplicateLength }
        hasLength = true
        framing = .length(try Self.length(head.extracting(field.valueRange)))
      case .transferEncoding:
        guard !hasCoding else { throw .duplicateTransferCoding }
        hasCoding = true
        try Self.checkCoding(head.extracting(field.valueRange))
      case .connection: readConnection(head.extracting(field.valueRange))
      case .expect where isRequest: try readExpectation(head.extracting(field.valueRange))
      default: break
      }
    }
    guard hasCoding else { return }
    guard !hasLength else { throw .lengthWithTransferCoding }
    guard version == .http11 else { throw .transferCodingInOldVersion }
    framing = .chunked
  }

  /// Whether the sender lets the connection be used again (RFC 9112, 9.3).
  func keepsAlive(_ version: HTTPVersion) -> Bool {
    switch version {
    case .http11: !asksClose
    case .http10: asksKeepAlive && !asksClose
    }
  }

  private mutating func readConnection(_ value: RawSpan) {
    var position = 0
    while let element = value.nextListElement(from: &position) {
      let option = value.extracting(element)
      if option.equals(lowercase: "keep-alive") {
        asksKeepAlive = true
      } else if option.equals(lowercase: "close") {
        asksClose = true
      } else {
        hasConnectionOptions = true
      }
    }
  }

  private mutating func readExpectation(_ value: RawSpan) throws(HTTPRefusal) {
    var position = 0
    while let element = value.nextListElement(from: &position) {
      guard value.extracting(element).equals(lowercase: "100-continue") else {
        throw .badExpectation
      }
      expectsContinue = true
    }
  }

  /// Digits, and nothing else: no sign, no list, no space, no other base.
  private static func length(_ value: RawSpan) throws(HTTPRefusal) -> Int {
    guard value.byteCount > 0 else { throw .badLength }
    var length = 0
    var overflows = false
    for index in 0..<value.byteCount {
      let byte = value[at: index]
      guard byte.isDigit else {
        throw byte == UInt8(ascii: ",") && index > 0 ? .duplicateLength : .badLength
      }
      let (product, tooLarge) = length.multipliedReportingOverflow(by: 10)
      let (sum, over) = product.addingReportingOverflow(Int(byte &- 0x30))
      overflows = overflows || tooLarge || over
      length = sum
    }
    // Room is left so that what is counted on top of a length cannot overflow either.
    guard !overflows, length <= Int.max / 2 else { throw .lengthTooLarge }
    return length
  }

  /// `chunked` alone is spoken. Another coding in front of it is honest, and 501; all else hides something, and is 400.
  private static func checkCoding(_ value: RawSpan) throws(HTTPRefusal) {
    if value.equals(lowercase: "chunked") { return }
    var position = 0
    var codings = 0
    var endsWithChunked = false
    while let element = value.nextListElement(from: &position) {
      let coding = value.extracting(element)
      for index in 0..<coding.byteCount where !coding[at: index].isToken {
        throw .badTransferCoding
      }
      guard !endsWithChunked else { throw .badTransferCoding }
      endsWithChunked = coding.equals(lowercase: "chunked")
      codings += 1
    }
    throw endsWithChunked && codings > 1 ? .unsupportedTransferCoding : .badTransferCoding
  }
}

extension [HeaderField] {
  /// Marks the fields that `Connection` names as not to be forwarded (RFC 9110, 7.6.1).
  mutating func markConnectionOptions(in head: RawSpan) throws(HTTPRefusal) {
    var options = 0
    for field in self where field.known == .connection {
      let value = head.extracting(field.valueRange)
      var position = 0
      while let element = value.nextListElement(from: &position) {
        options += 1
        guard options <= HeadLimits.connectionOptions else { throw .tooManyConnectionOptions }
        let option = value.extracting(element)
        // Host routes the message: whoever names it must not make it vanish from what is sent on.
        for index in indices
        where Int(self[index].nameLength) == element.count && self[index].known != .host {
          if head.extracting(self[index].nameRange).equalsIgnoringCase(option) {
            self[index].isHopByHop = true
          }
        }
      }
    }
  }
}
