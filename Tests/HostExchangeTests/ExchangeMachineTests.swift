// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import HostExchange

struct ExchangeMachineTests {
  @Test func `without plugins the request passes through`() {
    var script = ExchangeScript(Plan())
    #expect(script.start() == "try")
    #expect(script.upstream() == "head:unchanged")
    #expect(script.receive("a") == "'a'")
    #expect(script.receive("b") == "'b'")
    #expect(script.finish() == "end finish")
  }

  @Test func `requests run down the chain and responses back up`() {
    var script = ExchangeScript(
      .of {
        $0.request = [0, 1, 2]
        $0.response = [0, 2]
        $0.complete = [1, 2]
      })
    #expect(script.start() == "request@0")
    #expect(script.reply(0, .request) == "request@1")
    #expect(script.reply(1, .request) == "request@2")
    #expect(script.reply(2, .request) == "try")
    #expect(script.upstream(hasBody: false) == "response@2")
    #expect(script.reply(2, .response) == "response@0")
    #expect(script.reply(0, .response) == "head:whole end complete@1")
    #expect(script.reply(1, .complete) == "complete@2")
    #expect(script.reply(2, .complete) == "finish")
  }

  @Test func `a plugin that wants the body waits for it, those before it do not`() {
    var script = ExchangeScript(
      .of {
        $0.request = [0, 1]
        $0.requestBody = [1]
      }, hasBody: true)
    #expect(script.start() == "request@0")
    #expect(script.reply(0, .request) == "collect-request")
    script.on { $0.requestBodyFinished(&$1) }
    #expect(script.wanted() == "request@1")
    #expect(script.reply(1, .request) == "try")
  }

  @Test func `a response of a plugin goes back up through those before it only`() {
    var script = ExchangeScript(
      .of {
        $0.request = [0, 1, 2]
        $0.response = [0, 1, 2]
        $0.complete = [2]
      })
    _ = script.start()
    #expect(script.reply(0, .request) == "request@1")
    #expect(script.reply(1, .request, .respond(produced: false)) == "adopt@1 response@0")
    #expect(script.reply(0, .response) == "head:whole 'plugin' end complete@2")
    #expect(script.reply(2, .complete) == "finish")
  }

  @Test func `neighbours that only inspect are asked together`() {
    var script = ExchangeScript(
      .of {
        $0.request = [0, 1, 2, 3]
        $0.inspects = [0, 1, 2]
      })
    #expect(script.start() == "request@0 request@1 request@2")
    #expect(script.reply(2, .request) == "")
    #expect(script.reply(0, .request) == "")
    #expect(script.reply(1, .request) == "request@3")
  }

  @Test func `among inspectors the first in the chain decides, whoever answers first`() {
    var script = ExchangeScript(
      .of {
        $0.request = [0, 1, 2]
        $0.inspects = [0, 1, 2]
      })
    _ = script.start()
    #expect(script.reply(1, .request, .respond(produced: false)) == "")
    #expect(
      script.reply(0, .request, .respond(produced: false))
        .hasPrefix("cancel@1:done cancel@2:done adopt@0"))
  }

  @Test func `an inspector that answers behind one that lets pass decides when that has`() {
    var script = ExchangeScript(
      .of {
        $0.request = [0, 1, 2]
        $0.inspects = [0, 1, 2]
      })
    _ = script.start()
    #expect(script.reply(1, .request, .respond(produced: false)) == "")
    #expect(script.reply(0, .request).hasPrefix("cancel@2:done adopt@1"))
  }

  @Test func `a produced response is pulled piece by piece`() {
    var script = ExchangeScript(.of { $0.request = [0] })
    _ = script.start()
    #expect(
      script.reply(0, .request, .respond(produced: true)) == "adopt@0 head:open 'plugin' produce@0")
    #expect(
      script.reply(0, .produce, .produced(ByteBuffer(string: "x"), end: false)) == "'x' produce@0")
    script.on { $0.clientWritability(false, &$1) }
    #expect(script.reply(0, .produce, .produced(ByteBuffer(string: "y"), end: false)) == "'y'")
    script.on { $0.clientWritability(true, &$1) }
    #expect(script.wanted() == "produce@0")
    #expect(
      script.reply(0, .produce, .produced(ByteBuffer(string: "z"), end: true)) == "'z' end finish")
  }

  @Test func `a whole response body is collected for the step that wants it`() {
    var script = ExchangeScript(
      .of {
        $0.response = [0, 1]
        $0.responseBody = [1]
      })
    _ = script.start()
    #expect(script.upstream() == "collect-response")
    #expect(script.receive("ab") == "")
    #expect(script.finish() == "response@1")
    #expect(String(buffer: script.machine.collectedBody) == "ab")
    #expect(script.reply(1, .response) == "response@0")
    #expect(script.reply(0, .response) == "head:whole 'ab' end finish")
  }

  @Test func `what arrives while the response phase runs is not lost`() {
    var script = ExchangeScript(.of { $0.response = [0] })
    _ = script.start()
    #expect(script.upstream() == "response@0")
    #expect(script.receive("a") == "")
    #expect(script.finish() == "")
    #expect(script.reply(0, .response) == "head:whole 'a' end finish")
  }

  @Test func `a reply can give up its later phases`() {
    var script = ExchangeScript(
      .of {
        $0.request = [0]
        $0.response = [0]
        $0.responseBody = [0]
        $0.copy = [0]
      })
    _ = script.start()
    #expect(
      script.reply(
        0, .request,
        changes: [
          PhaseChange(phase: .response, change: .head),
          PhaseChange(phase: .chunk, change: .transform),
        ]) == "try")
    #expect(script.upstream() == "response@0")
    #expect(script.reply(0, .response) == "head:open")
    #expect(script.receive("a") == "chunk@0")
  }

  @Test func `a call whose process was lost is run again, until it has failed`() {
    var script = ExchangeScript(.of { $0.request = [0] })
    _ = script.start()
    for _ in 0..<3 { #expect(script.lose(0, .request) == "request@0") }
    #expect(script.lose(0, .response) == "", "nobody waits for it")
    #expect(
      script.fail(0, .request, .died) == "error:plugin_died head:whole 'error' end finish")
  }

  @Test(arguments: [Outcome.timeout, .overload, .tooLarge, .violation, .error])
  func `a closed plugin's failure keeps the request in the host`(outcome: Outcome) {
    var script = ExchangeScript(.of { $0.request = [0, 1] })
    _ = script.start()
    let wanted = script.fail(0, .request, outcome)
    #expect(wanted.hasPrefix("error:plugin_"))
    #expect(!wanted.contains("try"))
  }

  @Test func `an open plugin's failure lets the originals go on`() {
    var script = ExchangeScript(
      .of {
        $0.request = [0, 1]
        $0.response = [0]
        $0.open = [0]
      })
    _ = script.start()
    #expect(script.fail(0, .request, .timeout) == "request@1")
    #expect(script.reply(1, .request) == "try")
    #expect(script.upstream(hasBody: false) == "response@0")
    #expect(script.fail(0, .response, .error) == "head:whole end finish")
  }

  @Test func `a try that reached nobody is repeated as often as it may be`() {
    var script = ExchangeScript(Plan(), tries: 2)
    _ = script.start()
    script.on { $0.upstreamFailed(.upstreamUnreachable, repeatable: true, &$1) }
    #expect(script.wanted() == "try")
    script.on { $0.upstreamFailed(.upstreamUnreachable, repeatable: true, &$1) }
    #expect(script.wanted() == "error:upstream_unreachable head:whole 'error' end finish")
  }

  @Test func `a plugin decides about the next try`() {
    var script = ExchangeScript(.of { $0.retry = [0] })
    _ = script.start()
    script.on { $0.upstreamFailed(.upstreamTimeout, repeatable: false, &$1) }
    #expect(script.wanted() == "retry@0")
    #expect(script.reply(0, .retry) == "try")
    script.on { $0.upstreamFailed(.upstreamTimeout, repeatable: false, &$1) }
    _ = script.wanted()
    #expect(
      script.reply(0, .retry, .giveUp) == "error:upstream_timeout head:whole 'error' end finish")
  }

  @Test func `an upstream that breaks off in mid-stream cuts the response`() {
    var script = ExchangeScript(.of { $0.complete = [0] })
    _ = script.start()
    _ = script.upstream()
    _ = script.receive("a")
    script.on { $0.upstreamFailed(.upstreamInvalid, repeatable: false, &$1) }
    #expect(script.wanted() == "cut:upstream_invalid_response complete@0")
  }

  @Test func `a client that leaves cancels calls and upstream, and is logged`() {
    var script = ExchangeScript(
      .of {
        $0.request = [0]
        $0.complete = [1]
      })
    _ = script.start()
    script.on { $0.clientLeft(&$1) }
    #expect(script.wanted() == "cancel@0:clientGone complete@1")
    #expect(script.reply(0, .request) == "", "the reply raced the cancellation")
    #expect(script.reply(1, .complete) == "finish")

    script = ExchangeScript(Plan())
    _ = script.start()
    script.on { $0.clientLeft(&$1) }
    #expect(script.wanted() == "abort finish")
  }

  @Test func `copies tell what was received even when the client has left`() {
    var script = ExchangeScript(
      .of {
        $0.copy = [0]
        $0.complete = [0]
      })
    _ = script.start()
    #expect(script.upstream() == "head:unchanged")
    #expect(script.receive("a") == "chunk@0 'a'")
    #expect(script.receive("b") == "'b'")
    script.on { $0.clientLeft(&$1) }
    #expect(script.wanted() == "abort")
    #expect(script.reply(0, .chunk, .released(ByteBuffer(), hold: 0, end: false)) == "chunk@0")
    #expect(script.machine.piece(for: 0).map { String(buffer: $0.bytes) } == "b")
    #expect(
      script.reply(0, .chunk, .released(ByteBuffer(), hold: 0, end: false)) == "complete@0")
  }

  @Test func `a body that is too large is refused before anything leaves`() {
    var script = ExchangeScript(
      .of {
        $0.request = [0]
        $0.requestBody = [0]
      }, hasBody: true)
    _ = script.start()
    script.on { $0.requestFailed(.bodyTooLarge, &$1) }
    #expect(script.wanted() == "error:request_too_large head:whole 'error' end finish")
  }
}
