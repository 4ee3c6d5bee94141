// SPDX-License-Identifier: Apache-2.0

import HostAdmin
import NIOCore
import Testing

@testable import patchbay

struct DeclarativeBodyTests {
  private static let file = "_format_version: \"3.0\"\nservices: []\n"

  private func text(_ body: String, _ type: String) throws(DeclarativeBody.Unusable) -> String {
    try DeclarativeBody.text(
      of: AdminRequest(
        method: "POST", path: "/config", contentType: type, body: .init(string: body)))
  }

  @Test(arguments: [
    ("text/yaml", file), ("application/json", file), ("", file),
    ("application/json", #"{"config": "_format_version: \"3.0\"\nservices: []\n"}"#),
    (
      "application/x-www-form-urlencoded",
      "config=_format_version%3A+%223.0%22%0Aservices%3A%20%5B%5D%0A&x=1"
    ),
    (
      "multipart/form-data; boundary=abc",
      "--abc\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--abc\r\n"
        + "content-disposition: form-data; filename=\"kong.yml\"; name=\"config\"\r\n"
        + "Content-Type: text/yaml\r\n\r\n\(file)\r\n--abc--\r\n"
    ),
  ])
  func `the file comes in each of Kong's forms`(_ type: String, _ body: String) throws {
    #expect(try text(body, type) == Self.file)
  }

  @Test(arguments: [
    ("", ""), ("application/json", " \n"), ("multipart/form-data", "--a\r\n"),
    (
      "multipart/form-data; boundary=a",
      "--a\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n--a--"
    ),
  ])
  func `a body without a file is said to be none`(_ type: String, _ body: String) {
    #expect {
      try text(body, type)
    } throws: { error in
      (error as? DeclarativeBody.Unusable)?.message == "expected a declarative configuration"
    }
  }

  @Test func `what is no UTF-8 is said to be none`() {
    let request = AdminRequest(
      method: "POST", path: "/config", contentType: "", body: ByteBuffer(bytes: [0xFF]))
    #expect(throws: DeclarativeBody.Unusable.self) { try DeclarativeBody.text(of: request) }
  }
}
