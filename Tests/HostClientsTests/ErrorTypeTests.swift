// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostClients

/// As Kong's error handler chooses.
struct ErrorTypeTests {
  @Test(
    arguments: [
      (nil, nil, .plain), (nil, "application/xml; charset=x", .xml),
      (nil, "application/x-www-form-urlencoded", .json), ("*/*", "text/html", .json),
      ("text/html", nil, .html), ("text/*", nil, .html), ("application/*", nil, .json),
      ("application/xml", nil, .xml), ("text/plain;q=0.5, text/html;q=0.4", nil, .plain),
      ("text/html;q=0.1, application/xml; q=0.2 ,text/plain;q=0.15", nil, .xml),
      ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", nil, .html),
      // A type that is none of ours, and liked best, is answered in JSON.
      ("text/event-stream, text/html;q=0.9", nil, .json), ("application/json", nil, .json),
      ("text/html;q=0", nil, .json), ("", nil, .json), (",;=", nil, .json),
      ("TEXT/HTML", nil, .html), ("text/html;level=1;q=0.3,text/plain;q=0.2", nil, .html),
      ("text/html;q=7", nil, .html), ("text/html;q=nan,text/plain", nil, .html),
    ] as [(String?, String?, ErrorType)])
  func `the client's wish decides`(_ accept: String?, _ type: String?, _ chosen: ErrorType) {
    let chosenType = ErrorType.chosen(
      accept: accept.map { Array($0.utf8) }, contentType: type.map { Array($0.utf8) },
      standard: .plain)
    #expect(chosenType == chosen)
  }

  @Test(arguments: ErrorType.allCases)
  func `each says what is wrong and names the request`(_ type: ErrorType) {
    let body = type.body("Payload too large", requestID: "abc123")
    #expect(body.contains("Payload too large"))
    #expect(body.contains("abc123"))
    #expect(type.contentType == "\(type.rawValue); charset=utf-8")
  }
}
