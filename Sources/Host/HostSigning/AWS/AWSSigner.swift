// SPDX-License-Identifier: Apache-2.0

/// AWS Signature Version 4 of a request whose body is known.
package struct AWSSigner: Sendable {
  private let keys: AWSKeys
  private let scope: AWSScope

  package init(keys: AWSKeys, scope: AWSScope) {
    self.keys = keys
    self.scope = scope
  }

  /// Fields that the signature brings, and that nobody else may have written.
  package static let ownFields: [StaticString] = [
    "Authorization", "X-Amz-Date", "X-Amz-Content-Sha256", "X-Amz-Security-Token",
  ]

  /// The fields that a request gets behind its own.
  ///
  /// - Parameters:
  ///   - head: a whole head of HTTP/1.1 without ``ownFields``, with Host.
  ///   - seconds: since 1970.
  package func fields(
    for head: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer, seconds: UInt64
  ) -> [(name: StaticString, value: [UInt8])] {
    let time = AWSTime(seconds: seconds)
    let isStorage = scope.service == "s3"
    let bodyHash = Digest.sha256.hash(body).hexadecimal
    var own: [(name: StaticString, value: [UInt8])] = [("X-Amz-Date", time.stamp)]
    if isStorage { own.append(("X-Amz-Content-Sha256", bodyHash)) }
    if let token = keys.sessionToken { own.append(("X-Amz-Security-Token", token.revealed)) }
    let head = RequestText(head)
    let signed = head.fields.filter { !UnsignedFields.contains($0.name) }
    let request = CanonicalRequest(
      method: head.method, target: head.target,
      fields: signed + own.map { (Array($0.name.utf8), $0.value) },
      bodyHash: bodyHash, isStorage: isStorage)
    own.append(("Authorization", authorization(request, time)))
    return own
  }

  private func authorization(_ request: CanonicalRequest, _ time: AWSTime) -> [UInt8] {
    let scope = time.day + Array("/\(scope.region)/\(scope.service)/aws4_request".utf8)
    let text =
      Array("AWS4-HMAC-SHA256\n".utf8) + time.stamp + [.lineFeed] + scope + [.lineFeed]
      + Digest.sha256.hash(request.bytes).hexadecimal
    let signature = Digest.sha256.authenticationCode(text, key: signingKey(time.day)).hexadecimal
    return Array("AWS4-HMAC-SHA256 Credential=".utf8) + keys.accessKey.revealed
      + [UInt8(ascii: "/")] + scope + Array(", SignedHeaders=".utf8) + request.signedFields
      + Array(", Signature=".utf8) + signature
  }

  /// A key for this day, region and service only.
  private func signingKey(_ day: [UInt8]) -> [UInt8] {
    let parts = [scope.region, scope.service, "aws4_request"].map { Array($0.utf8) }
    return ([day] + parts).reduce(Array("AWS4".utf8) + keys.secretKey.revealed) {
      Digest.sha256.authenticationCode($1, key: $0)
    }
  }
}

/// Fields that others on the way may change, or that do not reach the service as they left.
enum UnsignedFields {
  private static let names: Set<String> = [
    "accept-encoding", "baggage", "cache-control", "connection", "expect", "forwarded", "from",
    "keep-alive", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "referer",
    "te", "traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent",
    "via", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-path",
    "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-proto", "x-real-ip",
  ]

  static func contains(_ name: [UInt8]) -> Bool {
    names.contains(String(decoding: name.map(\.lowercased), as: UTF8.self))
  }
}

/// The parts of a head of HTTP/1.1 that the host has written.
private struct RequestText {
  let method: ArraySlice<UInt8>
  let target: ArraySlice<UInt8>
  private(set) var fields: [(name: [UInt8], value: [UInt8])] = []

  init(_ head: UnsafeRawBufferPointer) {
    var lines = head.split(separator: 0x0A, omittingEmptySubsequences: true).map { line in
      line.last == 0x0D ? Array(line.dropLast()) : Array(line)
    }[...]
    let words = lines.popFirst()?.split(separator: 0x20) ?? []
    precondition(words.count == 3, "a head begins with its request line")
    method = words[0]
    target = words[1]
    for line in lines where !line.isEmpty {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
        preconditionFailure("a field has a name and a value")
      }
      fields.append((Array(line[..<colon]), Array(line[(colon + 1)...])))
    }
  }
}

extension StaticString {
  var utf8: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
  }
}
