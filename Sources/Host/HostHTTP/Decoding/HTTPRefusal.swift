// SPDX-License-Identifier: Apache-2.0

/// Why bytes are not taken as a message of HTTP/1.1: the one table of it. The raw value is the stable code for logs,
/// metrics and error bodies.
package enum HTTPRefusal: String, Error, CaseIterable, Sendable {
  case bareLineFeed = "bare-lf"
  case bareCarriageReturn = "bare-cr"
  case badMethod = "bad-method"
  case methodTooLong = "method-too-long"
  case connectMethod = "connect-method"
  case badRequestLine = "bad-request-line"
  case badTarget = "bad-target"
  case targetTooLong = "target-too-long"
  case badVersion = "bad-version"
  case unsupportedVersion = "unsupported-version"
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
  case tooManyConnectionOptions = "too-many-connection-options"
  case missingHost = "missing-host"
  case duplicateHost = "duplicate-host"
  case badHost = "bad-host"
  case badLength = "bad-content-length"
  case lengthTooLarge = "content-length-too-large"
  case duplicateLength = "duplicate-content-length"
  case lengthWithTransferCoding = "length-with-transfer-encoding"
  case transferCodingInOldVersion = "transfer-encoding-in-http-1.0"
  case badTransferCoding = "bad-transfer-encoding"
  case duplicateTransferCoding = "duplicate-transfer-encoding"
  case unsupportedTransferCoding = "unsupported-transfer-encoding"
  case badExpectation = "bad-expectation"
  case badChunkSize = "bad-chunk-size"
  case chunkSizeTooLarge = "chunk-size-too-large"
  case badChunkExtension = "bad-chunk-extension"
  case chunkExtensionTooLong = "chunk-extension-too-long"
  case badChunkEnd = "bad-chunk-end"
  case forbiddenTrailer = "forbidden-trailer"
  case trailersTooLarge = "trailers-too-large"
  case truncated = "truncated"
  case surplus = "surplus-bytes"
}

extension HTTPRefusal {
  /// The status that answers a request which is refused for this. A response that is refused is a 502, whatever it is.
  package var status: Int {
    switch self {
    case .lengthTooLarge, .chunkSizeTooLarge: 413
    case .targetTooLong: 414
    case .badExpectation: 417
    case .headTooLarge, .tooManyHeaders, .tooManyConnectionOptions, .trailersTooLarge: 431
    case .connectMethod, .methodTooLong, .unsupportedTransferCoding: 501
    case .unsupportedVersion: 505
    default: 400
    }
  }

  /// What is wrong, and the section that says so.
  package var explanation: StaticString {
    switch self {
    case .bareLineFeed: "a line ends with LF alone (RFC 9112, 2.2)"
    case .bareCarriageReturn: "a CR that does not end a line (RFC 9112, 2.2)"
    case .badMethod: "the method is not a token (RFC 9110, 9.1)"
    case .methodTooLong: "the method is longer than any that is registered (RFC 9112, 3)"
    case .connectMethod: "CONNECT makes a tunnel, and this is no such proxy (RFC 9110, 9.3.6)"
    case .badRequestLine: "the request line is not method SP target SP version (RFC 9112, 3)"
    case .badTarget: "the request target has none of the forms (RFC 9112, 3.2)"
    case .targetTooLong: "the request target is too long (RFC 9110, 15.5.15)"
    case .badVersion: "the version is not HTTP/digit.digit (RFC 9112, 2.3)"
    case .unsupportedVersion: "this version of HTTP is not spoken here (RFC 9110, 15.6.6)"
    case .badStatusLine: "the status line is not version SP status SP reason (RFC 9112, 4)"
    case .switchingProtocols: "an upgrade was answered that nobody asked for (RFC 9110, 15.2.2)"
    case .foldedLine: "a header line begins with white space (RFC 9112, 5.2 and 2.2)"
    case .emptyName: "a header has no name (RFC 9112, 5)"
    case .badName: "a header name is not a token (RFC 9110, 5.1)"
    case .spaceBeforeColon: "white space in or behind a header name (RFC 9112, 5.1)"
    case .missingColon: "a header line has no colon (RFC 9112, 5)"
    case .badValue: "a header value has a control character (RFC 9110, 5.5)"
    case .headTooLarge: "the head is too large (RFC 6585, 5)"
    case .tooManyHeaders: "the head has too many fields (RFC 6585, 5)"
    case .tooManyConnectionOptions: "Connection names too many options (RFC 6585, 5)"
    case .missingHost: "a request of HTTP/1.1 has no Host (RFC 9112, 3.2)"
    case .duplicateHost: "a request has more than one Host (RFC 9112, 3.2)"
    case .badHost: "the Host is not a host and port (RFC 9112, 3.2)"
    case .badLength: "Content-Length is not a plain number (RFC 9110, 8.6)"
    case .lengthTooLarge: "Content-Length is beyond all reason (RFC 9110, 8.6)"
    case .duplicateLength: "more than one Content-Length (RFC 9112, 6.3)"
    case .lengthWithTransferCoding: "Content-Length beside Transfer-Encoding (RFC 9112, 6.1)"
    case .transferCodingInOldVersion: "Transfer-Encoding in HTTP/1.0 (RFC 9112, 6.1)"
    case .badTransferCoding: "Transfer-Encoding does not end with one chunked (RFC 9112, 6.1)"
    case .duplicateTransferCoding: "more than one Transfer-Encoding (RFC 9112, 6.1)"
    case .unsupportedTransferCoding: "a transfer coding that is not spoken here (RFC 9112, 6.1)"
    case .badExpectation: "an expectation other than 100-continue (RFC 9110, 10.1.1)"
    case .badChunkSize: "a chunk size is not a hexadecimal number (RFC 9112, 7.1)"
    case .chunkSizeTooLarge: "a chunk size is beyond all reason (RFC 9112, 7.1)"
    case .badChunkExtension: "a chunk extension is not ;name=value (RFC 9112, 7.1.1)"
    case .chunkExtensionTooLong: "chunk extensions are too long (RFC 9112, 7.1.1)"
    case .badChunkEnd: "a chunk's data does not end with CRLF (RFC 9112, 7.1)"
    case .forbiddenTrailer: "a trailer frames, routes or authenticates (RFC 9110, 6.5.1)"
    case .trailersTooLarge: "the trailer section is too large (RFC 6585, 5)"
    case .truncated: "the connection ended within a message (RFC 9112, 8)"
    case .surplus: "bytes that belong to no response (RFC 9112, 9.2)"
    }
  }
}
