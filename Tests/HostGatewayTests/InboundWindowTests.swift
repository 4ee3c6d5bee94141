// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostGateway

/// The window that a client gets for a body, which grows with the speed at which it is taken.
struct InboundWindowTests {
  @Test func `a window is given back when half of it is used`() {
    var window = InboundWindow(first: 100, largest: 100)
    #expect(window.changed(to: 60, held: 0) == nil)
    #expect(window.changed(to: 50, held: 0) == 50)
    #expect(window.changed(to: 100, held: 0) == nil)
  }

  @Test func `bytes that nobody took give nothing back`() {
    var window = InboundWindow(first: 100, largest: 100)
    #expect(window.changed(to: 0, held: 100) == nil)
    #expect(window.took(40, held: 60) == nil)
    #expect(window.took(10, held: 50) == 50)
  }

  @Test func `a window below nothing is made whole`() {
    var window = InboundWindow(first: 100, largest: 100)
    #expect(window.changed(to: -20, held: 10) == 110)
  }

  @Test func `a body that is taken as it comes gets a larger window, up to the largest`() {
    var window = InboundWindow(first: 100, largest: 250)
    #expect(window.took(199, held: 0) == nil)
    #expect(window.target == 100)
    #expect(window.took(1, held: 0) == 100)
    #expect(window.target == 200)
    _ = window.took(400, held: 0)
    #expect(window.target == 250)
    _ = window.took(10_000, held: 0)
    #expect(window.target == 250)
  }

  @Test func `what is on the way and what is held are never more than the window`() {
    var window = InboundWindow(first: 100, largest: 800)
    var (open, held) = (100, 0)
    var state: UInt64 = 7
    for _ in 0..<10_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let amount = Int(state >> 33) % 120
      let increment: Int?
      if state >> 63 == 0 {
        let sent = min(amount, open)
        open -= sent
        held += sent
        increment = window.changed(to: open, held: held)
      } else {
        let taken = min(amount, held)
        held -= taken
        increment = window.took(taken, held: held)
      }
      if let increment {
        #expect(increment > 0)
        open += increment
        #expect(window.changed(to: open, held: held) == nil)
      }
      #expect(open + held <= window.target)
    }
    #expect(window.target == 800)
  }
}
