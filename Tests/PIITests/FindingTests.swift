// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PII

/// What each recogniser finds, and what it does not.
struct FindingTests {
  @Test(arguments: [
    // Addresses of mail and names of hosts.
    (
      "Write to john.doe+tag@mail.example.co.uk, please.",
      ["EMAIL_ADDRESS:john.doe+tag@mail.example.co.uk"]
    ),
    (
      "<ann@example.com>;Bob@Example.ORG.",
      ["EMAIL_ADDRESS:ann@example.com", "EMAIL_ADDRESS:Bob@Example.ORG"]
    ),
    ("我的邮箱是foo@bar.com，谢谢", ["EMAIL_ADDRESS:foo@bar.com"]),
    ("müller@example.de", ["EMAIL_ADDRESS:müller@example.de"]),
    ("see shop.example.com for it", ["DOMAIN_NAME:shop.example.com"]),
    ("at https://example.com/a?b=c(d).", ["URL:https://example.com/a?b=c(d)"]),
    ("(see http://example.com/x)", ["URL:http://example.com/x"]),
    (
      "postgres://app:s3cr3tpw@db.internal:5432/x",
      ["URL:postgres://app:s3cr3tpw@db.internal:5432/x"]
    ),
    // Networks.
    ("from 10.20.30.40.", ["IP_ADDRESS:10.20.30.40"]),
    ("net 192.168.0.0/16 here", ["IP_ADDRESS:192.168.0.0/16"]),
    ("at 2001:db8::8a2e:370:7334 now", ["IP_ADDRESS:2001:db8::8a2e:370:7334"]),
    ("::ffff:192.0.2.1", ["IP_ADDRESS:::ffff:192.0.2.1"]),
    ("mac 00:1A:2b:3C:4d:5E", ["MAC_ADDRESS:00:1A:2b:3C:4d:5E"]),
    // Money.
    ("card 4111 1111 1111 1111 exp", ["CREDIT_CARD:4111 1111 1111 1111"]),
    ("5500-0000-0000-0004", ["CREDIT_CARD:5500-0000-0000-0004"]),
    ("amex 3782 822463 10005", ["CREDIT_CARD:3782 822463 10005"]),
    ("378282246310005", ["CREDIT_CARD:378282246310005"]),
    ("IBAN DE89 3704 0044 0532 0130 00 ok", ["IBAN_CODE:DE89 3704 0044 0532 0130 00"]),
    ("GB82WEST12345698765432", ["IBAN_CODE:GB82WEST12345698765432"]),
    ("routing number 021000021", ["ABA_ROUTING_NUMBER:021000021"]),
    ("account number: 123456789012", ["BANK_ACCOUNT:123456789012"]),
    ("VAT no. DE123456789", ["VAT_NUMBER:DE123456789"]),
    // Telephones.
    ("Call +1 415 555 2671 now", ["PHONE_NUMBER:+1 415 555 2671"]),
    ("call me at (415) 555-2671.", ["PHONE_NUMBER:(415) 555-2671"]),
    ("My phone number is 123-456-7890", ["PHONE_NUMBER:123-456-7890"]),
    ("Tel. +49 30 901820", ["PHONE_NUMBER:+49 30 901820"]),
    ("06 12 34 56 78", ["PHONE_NUMBER:06 12 34 56 78"]),
    ("我的电话13800138000。", ["PHONE_NUMBER:13800138000"]),
    ("ring 020 7946 0958 today", ["PHONE_NUMBER:020 7946 0958"]),
    ("mobile: 5551234", ["PHONE_NUMBER:5551234"]),
    // States.
    ("SSN 078-05-1120", ["US_SSN:078-05-1120"]),
    ("my ssn is 078051120", ["US_SSN:078051120"]),
    ("ITIN 912-70-1234", ["US_ITIN:912-70-1234"]),
    ("Steuer-ID 86 095 742 719", ["DE_TAX_ID:86 095 742 719"]),
    ("CPF 529.982.247-25", ["BR_CPF:529.982.247-25"]),
    ("DNI 12345678Z", ["ES_NIF:12345678Z"]),
    ("NIE X1234567L", ["ES_NIE:X1234567L"]),
    ("codice fiscale RSSMRA85T10A562S", ["IT_FISCAL_CODE:RSSMRA85T10A562S"]),
    ("NINO AB 12 34 56 C", ["UK_NINO:AB 12 34 56 C"]),
    ("AB123456C", ["UK_NINO:AB123456C"]),
    ("NHS number 943 476 5919", ["UK_NHS:943 476 5919"]),
    ("BSN 111222333", ["NL_BSN:111222333"]),
    ("RRN 900101-1234568", ["KR_RRN:900101-1234568"]),
    ("マイナンバーは123456789018です", ["JP_MY_NUMBER:123456789018"]),
    ("Aadhaar 2341 2341 2346", ["IN_AADHAAR:2341 2341 2346"]),
    ("PAN ABCPE1234F", ["IN_PAN:ABCPE1234F"]),
    ("NIF 123456789", ["PT_NIF:123456789"]),
    ("insee 1 85 05 78 006 084 91", ["FR_INSEE:1 85 05 78 006 084 91"]),
    ("11010519491231002X", ["CN_ID:11010519491231002X"]),
    ("PESEL 44051401359", ["PL_PESEL:44051401359"]),
    ("My passport is X12345678", ["PASSPORT:X12345678"]),
    ("driver's license D123-4567-8901", ["DRIVER_LICENSE:D123-4567-8901"]),
    ("NPI 1234567893", ["US_NPI:1234567893"]),
    ("DEA AB1234563", ["US_DEA:AB1234563"]),
    ("Medicare 1EG4TE5MK73", ["US_MBI:1EG4TE5MK73"]),
    // Dates.
    ("on 2024-03-05 at", ["DATE_TIME:2024-03-05"]),
    ("2024-03-05T10:20:30Z", ["DATE_TIME:2024-03-05T10:20:30Z"]),
    ("03/05/2024 10:20", ["DATE_TIME:03/05/2024 10:20"]),
    ("am 5. März 2024.", ["DATE_TIME:5. März 2024"]),
    ("March 5th, 2024", ["DATE_TIME:March 5th, 2024"]),
    ("5 de marzo de 2024", ["DATE_TIME:5 de marzo de 2024"]),
    ("Mar. 5 2024", ["DATE_TIME:Mar. 5 2024"]),
    ("born 19850310", ["DATE_TIME:19850310"]),
    // Cryptocurrencies.
    ("to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ["CRYPTO:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"]),
    (
      "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
      ["CRYPTO:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"]
    ),
    (
      "0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe",
      ["CRYPTO:0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe"]
    ),
    // Devices.
    ("IMEI 490154203237518", ["IMEI:490154203237518"]),
    ("1HGCM82633A004352", ["VIN:1HGCM82633A004352"]),
    ("at 48.8584, 2.2945", ["COORDINATES:48.8584, 2.2945"]),
    // Credentials.
    ("key sk-proj-abcdefghijklmnop1234567890", ["API_KEY:sk-proj-abcdefghijklmnop1234567890"]),
    ("AKIAIOSFODNN7EXAMPLE", ["API_KEY:AKIAIOSFODNN7EXAMPLE"]),
    (
      "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
      ["API_KEY:ghp_abcdefghijklmnopqrstuvwxyz0123456789"]
    ),
    ("Authorization: Bearer abcdef0123456789xyz", ["API_KEY:abcdef0123456789xyz"]),
    (
      "t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_123",
      ["JWT:eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_123"]
    ),
    ("password=hunter2&x=1", ["PASSWORD:hunter2"]),
    (#"{"password": "correct horse"}"#, ["PASSWORD:correct horse"]),
    (#"{"db_password":"tr0ub4dor"}"#, ["PASSWORD:tr0ub4dor"]),
    ("My password is 'sup3r$ecret'.", ["PASSWORD:sup3r$ecret"]),
    ("con password test123", ["PASSWORD:test123"]),
    ("your 4-digit PIN: 1234 to", ["PASSWORD:1234"]),
    ("Your verification code is 987654.", ["PASSWORD:987654"]),
    ("the security passcode 748392.", ["PASSWORD:748392"]),
    ("enter the recovery key: R3C0v3ryKey2024.", ["PASSWORD:R3C0v3ryKey2024"]),
    ("api_key = 'a1B2c3D4e5F6g7H8'", ["API_KEY:a1B2c3D4e5F6g7H8"]),
    ("my API key is Zx9Yw8Vu7Ts6Rq5Po4Nm3", ["API_KEY:Zx9Yw8Vu7Ts6Rq5Po4Nm3"]),
    (
      "5KYZdUEo39z3FPrtuX2QbbwGnNP5zTd7yyr2SC1j299sBCnWjss",
      ["PRIVATE_KEY:5KYZdUEo39z3FPrtuX2QbbwGnNP5zTd7yyr2SC1j299sBCnWjss"]
    ),
  ])
  func `it finds`(text: String, expected: [String]) {
    #expect(Scanning.spelled(text) == expected)
  }

  @Test(arguments: [
    "The quick brown fox jumps over the lazy dog, and then it sleeps.",
    "Version 1.2.3.4 of the library, released as v10.2.3.4",
    "It costs 1,234,567.89 dollars; pi is 3.14159265358979",
    "std::cout << a::b; x = y ? z : w;", "end.It was. See main.rs, README.md and setup.py",
    "4111 1111 1111 1112 is no card", "DE89 3704 0044 0532 0130 01 is no IBAN",
    "000-12-3456 and 666-12-3456 and 123-00-4567 and 123-45-0000",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "not@mail, a@b, @someone, e.g. this and i.e. that",
    "max_tokens: 1000, password: string, token: null, secret=${SECRET}",
    "order 123456789, invoice 2024/17, 10:30:45, 50%", "co.uk and com.au are suffixes",
    "may I, in 5 minutes; March on", "the token count is 1234567", "999.999.999.999 and 1.2.3",
  ])
  func `it leaves`(text: String) {
    #expect(Scanning.spelled(text) == [])
  }

  @Test func `a block with a private key is found whole`() {
    let block = """
      -----BEGIN RSA PRIVATE KEY-----
      MIIEowIBAAKCAQEA7bq98c7wLs2v0cRZs
      AAAA
      -----END RSA PRIVATE KEY-----
      """
    #expect(Scanning.spelled("key:\n\(block)\nend") == ["PRIVATE_KEY:\(block)"])
    #expect(Scanning.spelled("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----") == [])
    let open = String(block.dropLast(40))
    #expect(Scanning.spelled(open) == ["PRIVATE_KEY:\(open)"])
  }

  @Test func `what overlaps becomes one find, of the type of the longest`() {
    let text = "https://ann:hunter22@example.com/?mail=bob@example.com"
    #expect(Scanning.spelled(text) == ["URL:\(text)"])
    let mail = Scanner([.email, .credentials])
    #expect(
      Scanning.spelled(text, mail) == [
        "EMAIL_ADDRESS:hunter22@example.com", "EMAIL_ADDRESS:bob@example.com",
      ])
  }

  @Test func `only what is asked for is found`() {
    let text = "ann@example.com 10.0.0.1 password=hunter2"
    #expect(Scanning.spelled(text, Scanner([.ip])) == ["IP_ADDRESS:10.0.0.1"])
    #expect(
      Scanning.spelled(text, Scanner(PIICategory.asked(by: ["all"])))
        == ["EMAIL_ADDRESS:ann@example.com", "IP_ADDRESS:10.0.0.1"])
    #expect(
      Scanning.finds(in: text, Scanner(PIICategory.asked(by: ["all_and_credentials"]))).count == 3)
  }

  @Test func `every category but the ones that no rule can find has a type`() {
    let found = Set(PIIType.allCases.map(\.category))
    #expect(Set(PIICategory.allCases).subtracting(found) == [.nrp])
  }
}
