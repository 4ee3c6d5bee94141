// SPDX-License-Identifier: Apache-2.0

/// Keys by the prefixes that their makers give them, JSON web tokens, values of `Authorization`, and what looks random
/// behind words that name a secret.
enum APIKeys {
  /// - Parameters:
  ///   - range: letters and digits with which a key may begin.
  ///   - run: the one of the token before; it becomes that of this one.
  static func find(
    at range: Range<Int>, _ chunk: Chunk, _ run: inout TokenRun, in text: borrowing TextReader,
    _ findings: inout Findings
  ) {
    let start = range.lowerBound
    guard findings.wants(.apiKey), chunk.end - start >= shortest else { return }
    run.goOn(to: start, chunk, in: text)
    if run.end - start >= shortest {
      // Of a token with many parts most are no beginning: each would be read to the token's end.
      let mayBeSecret = start == run.start || range.count >= 4
      if text.has("eyJ", at: start), run.isJWT(from: start) {
        findings.add(.jwt, start..<run.end)
      } else if isBehindScheme(start, in: text)
        || mayBeSecret && isNamedSecret(start..<run.end, in: text, &findings)
      {
        findings.add(.apiKey, start..<run.end)
      }
    }
    for prefix in prefixes[Int(text[start])] where text.has(prefix.text, at: start) {
      let rest = start + prefix.text.utf8CodeUnitCount
      let end = text.end(from: rest, most: chunk.end - rest) { prefix.takes($0) }
      if end - rest >= prefix.least { findings.add(.apiKey, start..<end) }
    }
  }

  private static let shortest = 16

  /// `Bearer …`, `Basic …`.
  private static func isBehindScheme(_ start: Int, in text: borrowing TextReader) -> Bool {
    for scheme: StaticString in ["bearer ", "basic ", "apikey "] {
      let place = start - scheme.utf8CodeUnitCount
      if place >= 0, text.hasFolded(scheme, at: place), text.isBoundary(before: place) {
        return true
      }
    }
    return false
  }

  /// Long, of several kinds of characters, and behind `secret`, `token` or `API key`.
  private static func isNamedSecret(
    _ range: Range<Int>, in text: borrowing TextReader, _ findings: inout Findings
  ) -> Bool {
    guard range.count >= 20 else { return false }
    var kinds = 0
    var seen: (UInt64, UInt64) = (0, 0)
    for index in range.prefix(256) {
      let byte = text[index]
      kinds |= byte.isDigit ? 1 : byte.isUpper ? 2 : byte.isLower ? 4 : 8
      if byte < 64 {
        seen.0 |= 1 << UInt64(byte)
      } else if byte < 128 {
        seen.1 |= 1 << UInt64(byte - 64)
      }
    }
    let different = seen.0.nonzeroBitCount + seen.1.nonzeroBitCount
    guard kinds & 1 != 0, kinds & 6 != 0, different >= 10 else { return false }
    let context = findings.context(text, before: range.lowerBound)
    return context.contains(.secret) || context.contains(.key) || context.contains(.password)
  }

  private struct Prefix {
    var text: StaticString
    var least: Int
    var isWide: Bool

    init(_ text: StaticString, _ least: Int, wide: Bool = true) {
      self.text = text
      self.least = least
      isWide = wide
    }

    /// Wide: `-` and `_` may be in it.
    func takes(_ byte: UInt8) -> Bool {
      byte.isAlphanumeric || isWide && (byte == 0x2D || byte == 0x5F)
    }
  }

  /// By their first byte.
  private static let prefixes: [[Prefix]] = {
    let all = [
      Prefix("sk-", 20), Prefix("pk-lf-", 20), Prefix("sk_live_", 10), Prefix("pk_live_", 10),
      Prefix("rk_live_", 10), Prefix("sk_test_", 10), Prefix("pk_test_", 10), Prefix("whsec_", 16),
      Prefix("AKIA", 16, wide: false), Prefix("ASIA", 16, wide: false),
      Prefix("ghp_", 30), Prefix("gho_", 30), Prefix("ghu_", 30), Prefix("ghs_", 30),
      Prefix("ghr_", 30), Prefix("github_pat_", 40), Prefix("glpat-", 20), Prefix("glsa_", 20),
      Prefix("xoxb-", 10), Prefix("xoxp-", 10), Prefix("xoxa-", 10), Prefix("xoxr-", 10),
      Prefix("xoxs-", 10), Prefix("xapp-", 10), Prefix("AIza", 35), Prefix("ya29.", 20),
      Prefix("GOCSPX-", 20), Prefix("hf_", 30), Prefix("npm_", 36), Prefix("pypi-", 40),
      Prefix("dop_v1_", 60), Prefix("doo_v1_", 60), Prefix("dckr_pat_", 20), Prefix("SG.", 20),
      Prefix("shpat_", 30), Prefix("shpss_", 30), Prefix("shpca_", 30), Prefix("sq0atp-", 20),
      Prefix("sq0csp-", 20), Prefix("gsk_", 40), Prefix("r8_", 30), Prefix("pplx-", 40),
      Prefix("xai-", 40), Prefix("nvapi-", 40), Prefix("tvly-", 20), Prefix("lin_api_", 30),
      Prefix("figd_", 30), Prefix("dapi", 32, wide: false), Prefix("hvs.", 20), Prefix("hvb.", 20),
      Prefix("PMAK-", 30), Prefix("rubygems_", 40), Prefix("sntrys_", 30), Prefix("ATATT3x", 30),
      Prefix("LTAI", 16, wide: false), Prefix("sbp_", 30), Prefix("tskey-", 20),
      Prefix("SK", 32, wide: false), Prefix("key-", 32, wide: false), Prefix("EAACEdEose0cBA", 10),
      Prefix("AC", 32, wide: false), Prefix("vercel_", 20), Prefix("cio", 32, wide: false),
      Prefix("mlsn.", 40), Prefix("ops_", 40),
    ]
    var table = [[Prefix]](repeating: [], count: 256)
    for prefix in all { table[Int(prefix.text.withUTF8Buffer { $0[0] })].append(prefix) }
    return table
  }()
}
