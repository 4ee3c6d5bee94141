// SPDX-License-Identifier: Apache-2.0

/// Every reason for which the codec refuses a message: one table, each with a name, a status and its rule.
///
/// The front door is strict: what two parsers could read differently is refused, not repaired.
package enum HTTPRefusal: String, Error, Sendable, CaseIterable {
  case bareLineFeed = "bare-lf"
  case bareCarriageReturn = "bare-cr"
  case badStart = "bad-start"
  case badMethod = "bad-method"
  case badTarget = "bad-target"
  case targetTooLong = "target-too-long"
  case badRequestLine = "bad-request-line"
  case badVersion = "bad-version"
  case unsupportedVersion = "unsupported-version"
  case connectMethod = "connect-method"
  case badStatusLine = "bad-status-line"
  case switchingProtocols = "switching-protocols"
  case foldedLine = "obs-fold"
  case emptyName = "empty-header-name"
  case badName = "bad-header-name"
  case spaceBeforeColon = "space-before-colon"
  case missingColon = "missing-colon"
  case badValue = "bad-header-value"
  case headTooLarge = "head-too-large"
  case tooManyHeaders = "too-many-headers"
  case missingHost = "missing-host"
  case duplicateHost = "duplicate-host"
  case badHost = "bad-host"
  case badLength = "bad-content-length"
  case duplicateLength = "duplicate-content-length"
  case lengthWithTransferCoding = "length-with-transfer-encoding"
  case transferCodingInOldVersion = "transfer-encoding-in-http-1.0"
  case badTransferCoding = "bad-transfer-encoding"
  case unsupportedTransferCoding = "unsupported-transfer-encoding"
  case badExpectation = "bad-expectation"
  case badChunkSize = "bad-chunk-size"
  case badChunkExtension = "bad-chunk-extension"
  case chunkExtensionTooLong = "chunk-extension-too-long"
  case badChunkEnd = "bad-chunk-end"
  case forbiddenTrailer = "forbidden-trailer"
  case truncated = "truncated"
  case surplus = "surplus-bytes"
}

extension HTTPRefusal {
  /// The status that answers a request which is refused for this. For a response it is a 502, whatever it is.
  package var status: Int {
    switch self {
    case .headTooLarge, .tooManyHeaders: 431
    case .targetTooLong: 414
    case .unsupportedVersion: 505
    case .connectMethod, .unsupportedTransferCoding: 501
    case .badExpectation: 417
    default: 400
    }
  }

  /// What is wrong, and the section that says so.
  package var explanation: StaticString {
    switch self {
    case .bareLineFeed: "a line ends with LF alone (RFC 9112, 2.2)"
    case .bareCarriageReturn: "a CR that does not end a line (RFC 9112, 2.2)"
    case .badStart: "this is not the start of a message (RFC 9112, 2.1)"
    case .badMethod: "the method is not a token (RFC 9110, 9.1)"
    case .badTarget: "the request target is not a valid form (RFC 9112, 3.2)"
    case .targetTooLong: "the request target is too long (RFC 9110, 15.5.15)"
    case .badRequestLine: "the request line is not method SP target SP version (RFC 9112, 3)"
    case .badVersion: "the version is not HTTP/1.0 or HTTP/1.1 (RFC 9112, 2.3)"
    case .unsupportedVersion: "this version of HTTP is not spoken here (RFC 9110, 15.6.6)"
    case .connectMethod: "CONNECT makes a tunnel, and this is no such proxy (RFC 9110, 9.3.6)"
    case .badStatusLine: "the status line is not version SP status SP reason (RFC 9112, 4)"
    case .switchingProtocols: "an upgrade was answered that nobody asked for (RFC 9110, 15.2.2)"
    case .foldedLine: "a header goes on in the next line (RFC 9112, 5.2)"
    case .emptyName: "a header has no name (RFC 9110, 5.1)"
    case .badName: "a header name is not a token (RFC 9110, 5.1)"
    case .spaceBeforeColon: "white space before the colon (RFC 9112, 5.1)"
    case .missingColon: "a header line has no colon (RFC 9112, 5)"
    case .badValue: "a header value has a control character (RFC 9110, 5.5)"
    case .headTooLarge: "the head is too large (RFC 6585, 5)"
    case .tooManyHeaders: "the head has too many fields (RFC 6585, 5)"
    case .missingHost: "a request of HTTP/1.1 has no Host (RFC 9112, 3.2)"
    case .duplicateHost: "a request has more than one Host (RFC 9112, 3.2)"
    case .badHost: "the Host is not a host and port (RFC 9110, 7.2)"
    case .badLength: "Content-Length is not a plain number (RFC 9110, 8.6)"
    case .duplicateLength: "more than one Content-Length (RFC 9112, 6.3)"
    case .lengthWithTransferCoding: "Content-Length beside Transfer-Encoding (RFC 9112, 6.1)"
    case .transferCodingInOldVersion: "Transfer-Encoding in HTTP/1.0 (RFC 9112, 6.1)"
    case .badTransferCoding: "Transfer-Encoding is not chunked, once (RFC 9112, 6.1)"
    case .unsupportedTransferCoding: "a transfer coding that is not spoken here (RFC 9112, 6.1)"
    case .badExpectation: "an expectation other than 100-continue (RFC 9110, 10.1.1)"
    case .badChunkSize: "a chunk size is not a hexadecimal number that fits (RFC 9112, 7.1)"
    case .badChunkExtension: "a chunk extension has a forbidden character (RFC 9112, 7.1.1)"
    case .chunkExtensionTooLong: "chunk extensions are too long (RFC 9112, 7.1.1)"
    case .badChunkEnd: "a chunk's data does not end with CRLF (RFC 9112, 7.1)"
    case .forbiddenTrailer: "a trailer has a field that frames or routes (RFC 9110, 6.5.1)"
    case .truncated: "the connection ended within a message (RFC 9112, 8)"
    case .surplus: "bytes after the end of the response (RFC 9112, 9.2)"
    }
  }
}
