// SPDX-License-Identifier: Apache-2.0

/// Names of hosts that stand alone: `shop.example.co.uk`. The last label must be a known top-level domain, and the name
/// more than a public suffix.
enum Domains {
  static func find(
    in text: borrowing TextReader, _ chunk: Chunk, _ findings: inout Findings
  ) {
    guard findings.wants(.domain) else { return }
    var index = chunk.start
    while index < chunk.end {
      guard text[index].isWordByte else {
        index += 1
        continue
      }
      let run = text.end(from: index, most: chunk.end - index) {
        $0.isWordByte || $0 == 0x2D || $0 == 0x2E
      }
      if isName(text, index..<run), let end = Hosts.end(from: index, in: text), end <= run {
        if isDomain(text, index..<end) { findings.add(.domain, index..<end) }
      }
      index = max(run, index + 1)
    }
  }

  /// Not a part of an address of mail.
  private static func isName(_ text: borrowing TextReader, _ range: Range<Int>) -> Bool {
    text[range.lowerBound - 1] != UInt8(ascii: "@") && text[range.upperBound] != UInt8(ascii: "@")
      && range.contains { text[$0] == 0x2E }
  }

  private static func isDomain(_ text: borrowing TextReader, _ range: Range<Int>) -> Bool {
    let labels = text.copy(range).split(separator: 0x2E).map {
      String(decoding: $0, as: UTF8.self).lowercased()
    }
    guard let last = labels.last, TopLevelDomains.all.contains(last) || last.hasPrefix("xn--"),
      labels.count > 1, labels[labels.count - 2].utf8.contains(where: { $0.isLetter })
    else { return false }
    if labels.count == 2 {
      if last.utf8.count == 2, TopLevelDomains.secondLevel.contains(labels[0]) { return false }
      if TopLevelDomains.words.contains(last) {
        // `end.It`, `main.rs`: a sentence without its space, a file.
        return text[range.upperBound] == UInt8(ascii: "/")
      }
    }
    return true
  }
}

/// What a domain can end with.
enum TopLevelDomains {
  static let all = Set(
    (countries + " " + generic).split(separator: " ").map(String.init))

  /// `co.uk` is no domain of anybody.
  static let secondLevel: Set<String> = ["co", "com", "org", "net", "gov", "edu", "ac", "or", "ne"]

  /// Country codes that are words or the ends of files' names.
  static let words: Set<String> = [
    "in", "is", "it", "at", "be", "me", "to", "no", "do", "am", "my", "by", "as", "so", "us", "md",
    "py", "rs", "sh", "pl", "ps", "cc", "ml", "mk", "la", "de", "es", "se", "id", "ad", "an", "zip",
    "mov", "app", "name", "info", "vi", "st", "sc", "tf", "pm", "cs", "ms", "re", "ph", "mm", "et",
  ]

  private static let countries = """
    ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc \
    cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb \
    gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke \
    kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu \
    mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw \
    sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz \
    ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
    """

  private static let generic = """
    com org net edu gov mil int arpa info biz name pro aero asia cat coop jobs mobi museum post tel travel xxx app dev \
    page web cloud online site store shop blog tech xyz club live life world today news media email network systems \
    solutions services agency company group team work works space website digital global international foundation \
    academy university school college health hospital clinic dental care legal law attorney lawyer finance financial \
    bank insurance capital fund money loans mortgage credit tax accountant consulting partners ventures holdings \
    enterprises industries energy engineering construction build homes house property estate rentals apartments \
    restaurant cafe bar pizza food wine beer coffee kitchen recipes fitness yoga golf football run bike cars auto taxi \
    flights hotel hotels holiday vacations cruises tours wedding events party photo photos photography pictures film \
    video movie music audio band art gallery design graphics studio style fashion clothing shoes jewelry watch beauty \
    salon spa hair gift gifts toys games game play fun fans social chat community support help guide wiki review \
    reviews directory links link click download software codes computer domains host hosting top vip icu london paris \
    berlin hamburg koeln wien amsterdam tokyo nyc miami vegas boston sydney melbourne africa swiss
    """
}
