// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostSigning

struct AssumeRoleTests {
  private func role(
    region: String = "eu-west-1", url: String = "", sessionName: String = "",
    externalID: String = ""
  ) -> AssumeRoleRequest {
    AssumeRoleRequest(
      keys: AWSKeys(accessKey: KeyBytes("AK"), secretKey: KeyBytes("SK"), sessionToken: nil),
      region: region, arn: "arn:aws:iam::1:role/r", sessionName: sessionName, url: url,
      externalID: externalID)
  }

  @Test func `the request is the Query API's`() throws {
    let request = try role(externalID: "x y").request
    #expect(request.method == "POST")
    #expect(request.url == "https://sts.eu-west-1.amazonaws.com/")
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"
        + "&RoleSessionName=patchbay&ExternalId=x%20y")
    #expect(
      try role(region: "cn-north-1").request.url == "https://sts.cn-north-1.amazonaws.com.cn/")
    #expect(try role(url: "http://sts.test/").request.url == "http://sts.test/")
  }

  private func answer(
    _ credentials: String, name: String = "AssumeRoleResponse",
    expiration: String = "2030-01-01T00:00:00Z"
  ) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <\(name) xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <AssumeRoleResult><Empty/><Credentials>\(credentials)<Expiration>\(expiration)</Expiration>
      </Credentials></AssumeRoleResult>
    </\(name)>

    """
  }

  private func read(_ text: String, status: Int = 200) throws -> (AWSKeys?, UInt64) {
    let source = CredentialSource.assumedRole(role())
    let (credential, lifetime) = try source.credential(
      status: status, body: Array(text.utf8), seconds: 1_893_455_000)
    guard case .aws(let keys) = credential else { return (nil, 0) }
    return (keys, lifetime)
  }

  private let keys =
    "<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>a&amp;b&#x2B;&#43;</SecretAccessKey>"
    + "<SessionToken>t==</SessionToken>"

  @Test func `an answer gives keys and their life`() throws {
    let (found, lifetime) = try read(answer(keys))
    let expected = AWSKeys(
      accessKey: KeyBytes("ASIA1"), secretKey: KeyBytes("a&b++"), sessionToken: KeyBytes("t=="))
    #expect(found == expected)
    #expect(lifetime == 1000 * 1_000_000_000, "2030 begins 1893456000 seconds after 1970")
  }

  @Test func `what is no answer says why`() throws {
    let cases: [(status: Int, text: String, message: String)] = [
      (
        403,
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>s3cret</Message></Error></ErrorResponse>",
        "the answer is 403 AccessDenied"
      ),
      (500, "oops", "the answer is 500"),
      (200, "oops", "the answer is no AssumeRoleResponse"),
      (200, answer(keys, name: "Other"), "the answer is no AssumeRoleResponse"),
      (200, answer(""), "the answer's credentials have no 'AccessKeyId'"),
      (200, answer(keys + keys), "the answer's credentials have no 'AccessKeyId'"),
      (
        200, answer(keys.replacing("t==", with: "a b")),
        "the answer's credentials cannot be sent"
      ),
      (
        200, answer(keys, expiration: "2029-12-31T23:43:20Z"),
        "the credentials are over already: see 'Expiration'"
      ),
      (
        200, answer(keys, expiration: "tomorrow"),
        "the credentials are over already: see 'Expiration'"
      ),
    ]
    for (status, text, message) in cases {
      let failure = #expect(throws: CredentialFailure.self) { try read(text, status: status) }
      #expect(failure?.message == message)
    }
  }

  @Test(arguments: [
    "", "text", "<a>", "<a></b>", "<a/><b/>", "<a><!-- c --></a>", "<a><![CDATA[x]]></a>",
    "<!DOCTYPE a><a/>", "<a>&other;</a>", "<a>&#xD800;</a>", "<a>&amp</a>", "<a b></a>", "<a b=c/>",
    "<a><?x ?></a>", String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17),
    "<a>" + String(repeating: "x", count: 65536) + "</a>", "<a></ab>", "<a/>x",
  ])
  func `XML of which we need nothing is refused`(_ text: String) {
    #expect(throws: XMLElement.Malformed.self) { try XMLElement(parsing: Array(text.utf8)) }
  }

  @Test func `text, attributes and nesting are read`() throws {
    let text = "<a x='1' y:z=\"&lt;2\"> <b>1</b>\n<b >2</b ><c.d-e>&lt;&gt;&quot;&apos;</c.d-e></a>"
    let element = try XMLElement(parsing: Array(text.utf8))
    #expect(element.name == "a")
    #expect(element["c.d-e"] == "<>\"'")
    #expect(element["b"] == nil, "there are two")
    #expect(element["none", "b"] == nil)
    #expect(throws: XMLElement.Malformed.self) { try XMLElement(parsing: [0x3C, 0x61, 0xFF]) }
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2000-02-29T00:00:00Z", 951_782_400),
    ("2024-12-31T23:59:59.123Z", 1_735_689_599), ("2100-01-01T00:00:00Z", 4_102_444_800),
  ])
  func `times are read and written alike`(text: String, seconds: UInt64) {
    #expect(AWSTime.seconds(of: text) == seconds)
    let stamp = String(decoding: AWSTime(seconds: seconds).stamp, as: UTF8.self)
    let expected = text.prefix(19).replacing("-", with: "").replacing(":", with: "") + "Z"
    #expect(stamp == expected)
  }

  @Test(arguments: [
    "", "2000-01-01", "2000-13-01T00:00:00Z", "2000-01-01T24:00:00Z", "1969-01-01T00:00:00Z",
    "2000-01-01T00:00:00+00:00",
  ])
  func `what is no time is none`(_ text: String) {
    #expect(AWSTime.seconds(of: text) == nil)
  }
}
