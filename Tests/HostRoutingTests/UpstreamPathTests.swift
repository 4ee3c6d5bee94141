// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostRouting

/// Kong's tables of `path_handling`.
struct UpstreamPathTests {
  struct Row: Sendable {
    var service: String
    var route: String
    var request: String
    var stripped: String
    var kept: String
  }

  static let rows = [
    Row(service: "", route: "/", request: "/", stripped: "/", kept: "/"),
    Row(service: "", route: "/", request: "/req", stripped: "/req", kept: "/req"),
    Row(service: "", route: "/route", request: "/route", stripped: "/", kept: "/route"),
    Row(service: "", route: "/route", request: "/route/", stripped: "/", kept: "/route/"),
    Row(service: "", route: "/route", request: "/routereq", stripped: "/req", kept: "/routereq"),
    Row(service: "", route: "/route", request: "/route/req", stripped: "/req", kept: "/route/req"),
    Row(service: "", route: "/route/", request: "/route/", stripped: "/", kept: "/route/"),
    Row(service: "", route: "/route/", request: "/route/req", stripped: "/req", kept: "/route/req"),
    Row(service: "/s", route: "/", request: "/", stripped: "/s", kept: "/s"),
    Row(service: "/s", route: "/", request: "/req", stripped: "/s/req", kept: "/s/req"),
    Row(service: "/s", route: "/route", request: "/route", stripped: "/s", kept: "/s/route"),
    Row(service: "/s", route: "/route", request: "/route/", stripped: "/s/", kept: "/s/route/"),
    Row(
      service: "/s", route: "/route", request: "/routereq", stripped: "/s/req",
      kept: "/s/routereq"),
    Row(
      service: "/s", route: "/route", request: "/route/req", stripped: "/s/req",
      kept: "/s/route/req"),
    Row(service: "/s", route: "/route/", request: "/route/", stripped: "/s/", kept: "/s/route/"),
    Row(
      service: "/s", route: "/route/", request: "/route/req", stripped: "/s/req",
      kept: "/s/route/req"),
    Row(service: "/s/", route: "/", request: "/", stripped: "/s/", kept: "/s/"),
    Row(service: "/s/", route: "/", request: "/req", stripped: "/s/req", kept: "/s/req"),
    Row(service: "/s/", route: "/route", request: "/route", stripped: "/s", kept: "/s/route"),
    Row(service: "/s/", route: "/route", request: "/route/", stripped: "/s/", kept: "/s/route/"),
    Row(
      service: "/s/", route: "/route", request: "/routereq", stripped: "/s/req",
      kept: "/s/routereq"),
    Row(
      service: "/s/", route: "/route/", request: "/route/req", stripped: "/s/req",
      kept: "/s/route/req"),
    // A route without paths strips nothing.
    Row(service: "/s", route: "", request: "/req", stripped: "/s/req", kept: "/s/req"),
    Row(service: "/s", route: "", request: "/", stripped: "/s", kept: "/s"),
    Row(service: "", route: "", request: "/req/", stripped: "/req/", kept: "/req/"),
    // What is left must not lead out of the service's path.
    Row(service: "/s", route: "/a", request: "/a../b", stripped: "/s/b", kept: "/s/a../b"),
    Row(service: "/s", route: "/a", request: "/a..", stripped: "/s", kept: "/s/a.."),
    Row(service: "/s/", route: "/a", request: "/a./b", stripped: "/s/b", kept: "/s/a./b"),
    Row(service: "/s", route: "/a", request: "/a.../b", stripped: "/s/.../b", kept: "/s/a.../b"),
  ]

  @Test(arguments: rows) func `paths at the upstream`(_ row: Row) {
    for (strips, expected) in [(true, row.stripped), (false, row.kept)] {
      let path = Array(row.request.utf8).withUnsafeBytes {
        UpstreamPath.build(
          service: Array(row.service.utf8), path: $0, matched: row.route.utf8.count,
          strips: strips)
      }
      #expect(String(decoding: path, as: UTF8.self) == expected, "strip_path: \(strips)")
    }
  }

  static let textRows = [
    Row(service: "/", route: "/", request: "/route/", stripped: "/route/", kept: "/route/"),
    Row(service: "/", route: "/route", request: "/route", stripped: "/", kept: "/route"),
    Row(service: "/", route: "/route", request: "/route/", stripped: "/", kept: "/route/"),
    Row(service: "/", route: "/route", request: "/routereq", stripped: "/req", kept: "/routereq"),
    Row(
      service: "/", route: "/route/", request: "/route/req", stripped: "/req", kept: "/route/req"),
    Row(
      service: "/srv", route: "/rou", request: "/roureq", stripped: "/srvreq", kept: "/srvroureq"),
    Row(service: "/srv/", route: "/rou", request: "/rou", stripped: "/srv/", kept: "/srv/rou"),
    Row(service: "/s", route: "/", request: "/", stripped: "/s", kept: "/s"),
    Row(
      service: "/s", route: "/", request: "/route/req", stripped: "/sroute/req", kept: "/sroute/req"
    ),
    Row(service: "/s", route: "/route", request: "/route", stripped: "/s", kept: "/sroute"),
    Row(service: "/s", route: "/route", request: "/route/", stripped: "/s/", kept: "/sroute/"),
    Row(
      service: "/s", route: "/route", request: "/routereq", stripped: "/sreq", kept: "/sroutereq"),
    Row(
      service: "/s", route: "/route", request: "/route/req", stripped: "/s/req", kept: "/sroute/req"
    ),
    Row(service: "/s", route: "/route/", request: "/route/", stripped: "/s", kept: "/sroute/"),
    Row(
      service: "/s", route: "/route/", request: "/route/req", stripped: "/sreq", kept: "/sroute/req"
    ),
    Row(service: "/s/", route: "/", request: "/", stripped: "/s/", kept: "/s/"),
    Row(service: "/s/", route: "/", request: "/route", stripped: "/s/route", kept: "/s/route"),
    Row(service: "/s/", route: "/route", request: "/route", stripped: "/s/", kept: "/s/route"),
    Row(service: "/s/", route: "/route", request: "/route/", stripped: "/s/", kept: "/s/route/"),
    Row(
      service: "/s/", route: "/route", request: "/routereq", stripped: "/s/req", kept: "/s/routereq"
    ),
    Row(service: "/s/", route: "/route/", request: "/route/", stripped: "/s/", kept: "/s/route/"),
    Row(
      service: "/s/", route: "/route/", request: "/route/req", stripped: "/s/req",
      kept: "/s/route/req"),
    // Routes without paths.
    Row(service: "", route: "", request: "/route/", stripped: "/route/", kept: "/route/"),
    Row(service: "/s", route: "", request: "/", stripped: "/s", kept: "/s"),
    Row(service: "/s", route: "", request: "/route", stripped: "/sroute", kept: "/sroute"),
    Row(service: "/s/", route: "", request: "/", stripped: "/s/", kept: "/s/"),
    Row(service: "/s/", route: "", request: "/route/", stripped: "/s/route/", kept: "/s/route/"),
    Row(service: "/s/", route: "/a", request: "/a../b", stripped: "/s/b", kept: "/s/a../b"),
  ]

  @Test(arguments: textRows) func `paths at the upstream in v1`(_ row: Row) {
    for (strips, expected) in [(true, row.stripped), (false, row.kept)] {
      let path = Array(row.request.utf8).withUnsafeBytes {
        UpstreamPath.build(
          service: Array(row.service.utf8), path: $0, matched: row.route.utf8.count,
          strips: strips, handling: .v1)
      }
      #expect(String(decoding: path, as: UTF8.self) == expected, "strip_path: \(strips)")
    }
  }

  @Test func `no request leads out of the service's path`() {
    var random = Generator(state: 0xBEEF)
    let pieces = ["/", ".", "..", "a", "%2e", "%2f", "a..", "..a"]
    for _ in 0..<20_000 {
      let text = "/" + (0..<8).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      let path = Array(text.utf8).withUnsafeBytes { PathNormalisation.normalise($0) }
      let matched = Int(random.next() % UInt64(path.count + 1))
      let built = path.withUnsafeBytes {
        UpstreamPath.build(
          service: Array("/s".utf8), path: $0, matched: matched, strips: random.next() % 2 == 0)
      }
      let segments = built.split(separator: UInt8(ascii: "/"))
      #expect(segments.first.map { $0.elementsEqual("s".utf8) } == true, "\(text)")
      #expect(
        !segments.contains { $0.elementsEqual("..".utf8) },
        "\(text) at \(matched): \(String(decoding: built, as: UTF8.self))")
    }
  }
}
