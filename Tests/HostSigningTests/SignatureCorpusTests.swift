// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostSigning
import Testing

/// Requests, and what botocore's signer makes of them: Tests/Support/SigningCorpus/generate.py writes it.
private struct SignedRequest: Decodable, CustomTestStringConvertible {
  let name: String
  let method: String
  let target: String
  let headers: [[String]]
  let body: Data
  let accessKey: String
  let secretKey: String
  let sessionToken: String?
  let service: String
  let region: String
  let time: UInt64
  /// By names in lower case.
  let added: [String: String]

  var testDescription: String { name }

  static let corpus: [SignedRequest] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Support/SigningCorpus/sigv4.json").standardizedFileURL
    do {
      return try JSONDecoder().decode([SignedRequest].self, from: Data(contentsOf: file))
    } catch {
      Issue.record("the corpus cannot be read: \(error)")
      return []
    }
  }()

  /// As the host writes it.
  var head: [UInt8] {
    let fields = headers.map { "\($0[0]): \($0[1])\r\n" }.joined()
    return Array("\(method) \(target) HTTP/1.1\r\n\(fields)\r\n".utf8)
  }
}

struct SignatureCorpusTests {
  @Test func `the corpus is there`() {
    #expect(SignedRequest.corpus.count >= 200)
  }

  @Test(arguments: SignedRequest.corpus)
  private func `a request is signed as botocore signs it`(_ request: SignedRequest) throws {
    let scope = try #require(AWSScope(service: request.service, region: request.region))
    let signer = AWSSigner(
      keys: AWSKeys(
        accessKey: KeyBytes(request.accessKey), secretKey: KeyBytes(request.secretKey),
        sessionToken: request.sessionToken.map { KeyBytes($0) }),
      scope: scope)
    let fields = request.head.withUnsafeBytes { head in
      Array(request.body).withUnsafeBytes { body in
        signer.fields(for: head, body: body, seconds: request.time)
      }
    }
    let added = fields.map {
      ("\($0.name)".lowercased(), String(decoding: $0.value, as: UTF8.self))
    }
    #expect(Dictionary(added) { $0 + $1 } == request.added)
  }
}
