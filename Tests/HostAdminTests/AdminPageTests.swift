// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HostAdmin

struct AdminPageTests {
  private let list = (0..<250).map { "id-\($0)" }

  private func part(
    _ query: [String: String]
  ) throws -> (elements: [String], offset: String?, next: String?) {
    try AdminPage(query).part(of: list, at: "/services", id: \.self) { id in
      id.hasSuffix("5") ? ["five", "odd"] : id.hasSuffix("7") ? ["odd"] : []
    }
  }

  @Test func `without a query the first hundred come, and where to go on`() throws {
    let first = try part([:])
    #expect(first.elements == Array(list[..<100]))
    #expect(first.next == "/services?offset=aWQtMTAw")
    let second = try part(["offset": try #require(first.offset)])
    #expect(second.elements == Array(list[100..<200]))
    let third = try part(["offset": try #require(second.offset)])
    #expect(third.elements == Array(list[200...]))
    #expect(third.offset == nil && third.next == nil)
  }

  @Test(arguments: [1, 3, 249, 250, 1000]) func `all pages together are the list`(
    _ size: Int
  ) throws {
    var query = ["size": String(size)]
    var seen: [String] = []
    while true {
      let page = try part(query)
      #expect(page.elements.count <= size)
      seen += page.elements
      guard let offset = page.offset else { break }
      #expect(page.next?.hasSuffix("&size=\(size)") == true)
      query["offset"] = offset
    }
    #expect(seen == list)
  }

  @Test func `of tags with commas all must be there, of tags with slashes one`() throws {
    #expect(try part(["tags": "odd", "size": "1000"]).elements.count == 50)
    #expect(try part(["tags": "five,odd"]).elements.count == 25)
    #expect(try part(["tags": "five/odd"]).elements.count == 50)
    #expect(try part(["tags": "none"]).elements.isEmpty)
    let next = try part(["tags": "five/odd", "size": "2"]).next
    #expect(next == "/services?offset=aWQtMTU%3D&size=2&tags=five%2Fodd")
  }

  @Test func `an entity that is gone is no offset any more`() throws {
    let gone = Data("id-9999".utf8).base64EncodedString()
    #expect(
      throws: AdminPage.Invalid(
        code: 7, name: "invalid offset",
        message: "'\(gone)' is not a valid offset: no such entity")
    ) { try part(["offset": gone]) }
  }

  @Test(arguments: [
    ("size", "0", 9, "size must be an integer between 1 and 1000"),
    ("size", "1001", 9, "size must be an integer between 1 and 1000"),
    ("size", "many", 9, "size must be a number"),
    ("offset", "%%%", 7, "'%%%' is not a valid offset: bad base64 encoding"),
    ("tags", "a,b/c", 11, "invalid option (tags: invalid filter syntax)"),
    ("tags", "", 11, "invalid option (tags: invalid filter syntax)"),
  ])
  func `what is wrong is said as Kong does`(
    _ name: String, _ value: String, _ code: Int, _ message: String
  ) throws {
    do {
      _ = try AdminPage([name: value])
      Issue.record("it was taken")
    } catch {
      #expect(error.code == code)
      #expect(error.message == message)
    }
  }
}
