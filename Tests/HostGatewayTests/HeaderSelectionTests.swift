// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostGateway

struct HeaderSelectionTests {
  private func shown(_ selection: HeaderSelection, _ names: String...) -> [String] {
    names.filter { name in Array(name.utf8).withUnsafeBytes { selection.shows($0) } }
  }

  @Test func `named fields are shown, whatever the case`() {
    let selection = HeaderSelection(["X-One", "cookie"])
    #expect(
      shown(selection, "x-one", "X-ONE", "Cookie", "x-on", "x-one1", "ecookie", "")
        == ["x-one", "X-ONE", "Cookie"])
  }

  @Test func `all fields are all but those that tell who the client is`() {
    #expect(shown(HeaderSelection(["*"]), "Accept", "Authorization", "Cookie") == ["Accept"])
    #expect(
      shown(HeaderSelection(["*", "Authorization"]), "Accept", "authorization", "Cookie")
        == ["Accept", "authorization"])
  }

  @Test func `without names nothing is shown`() {
    #expect(HeaderSelection([]).isEmpty)
    #expect(shown(HeaderSelection([]), "Accept", "") == [])
  }
}
