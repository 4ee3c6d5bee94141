// SPDX-License-Identifier: Apache-2.0

/// What a find is. The names are those of Kong's service where it has one.
package enum PIIType: String, CaseIterable, Sendable {
  // Credentials.
  case privateKey = "PRIVATE_KEY"
  case jwt = "JWT"
  case apiKey = "API_KEY"
  case password = "PASSWORD"
  // Money.
  case creditCard = "CREDIT_CARD"
  case iban = "IBAN_CODE"
  case routingNumber = "ABA_ROUTING_NUMBER"
  case bankAccount = "BANK_ACCOUNT"
  case vatNumber = "VAT_NUMBER"
  case crypto = "CRYPTO"
  // People.
  case email = "EMAIL_ADDRESS"
  case phone = "PHONE_NUMBER"
  case ssn = "US_SSN"
  case itin = "US_ITIN"
  case passport = "PASSPORT"
  case driverLicense = "DRIVER_LICENSE"
  // National ids.
  case germanTaxID = "DE_TAX_ID"
  case frenchINSEE = "FR_INSEE"
  case spanishNIF = "ES_NIF"
  case spanishNIE = "ES_NIE"
  case italianFiscalCode = "IT_FISCAL_CODE"
  case portugueseNIF = "PT_NIF"
  case britishNINO = "UK_NINO"
  case dutchBSN = "NL_BSN"
  case brazilianCPF = "BR_CPF"
  case koreanRRN = "KR_RRN"
  case japaneseMyNumber = "JP_MY_NUMBER"
  case indianAadhaar = "IN_AADHAAR"
  case indianPAN = "IN_PAN"
  case chineseID = "CN_ID"
  case polishPESEL = "PL_PESEL"
  // Medicine.
  case britishNHS = "UK_NHS"
  case npi = "US_NPI"
  case dea = "US_DEA"
  case medicareNumber = "US_MBI"
  // Networks.
  case ipAddress = "IP_ADDRESS"
  case url = "URL"
  case domain = "DOMAIN_NAME"
  // What is left.
  case date = "DATE_TIME"
  case macAddress = "MAC_ADDRESS"
  case imei = "IMEI"
  case vin = "VIN"
  case coordinates = "COORDINATES"
  case custom = "CUSTOM"

  /// The category of Kong's schema that asks for it.
  package var category: PIICategory {
    switch self {
    case .privateKey, .jwt, .apiKey, .password: .credentials
    case .creditCard: .creditcard
    case .iban, .routingNumber, .bankAccount, .vatNumber: .bank
    case .crypto: .crypto
    case .email: .email
    case .phone: .phone
    case .ssn, .itin: .ssn
    case .passport: .passport
    case .driverLicense: .driverlicense
    case .germanTaxID, .frenchINSEE, .spanishNIF, .spanishNIE, .italianFiscalCode, .portugueseNIF,
      .britishNINO, .dutchBSN, .brazilianCPF, .koreanRRN, .japaneseMyNumber, .indianAadhaar,
      .indianPAN, .chineseID, .polishPESEL:
      .nationalid
    case .britishNHS, .npi, .dea, .medicareNumber: .medical
    case .ipAddress: .ip
    case .url: .url
    case .domain: .domain
    case .date: .date
    case .macAddress, .imei, .vin, .coordinates: .general
    case .custom: .custom
    }
  }

  /// Of finds with the same bytes the one with the smaller number counts: what is checked by a checksum goes before what
  /// only has a shape, custom patterns before all but credentials.
  var rank: Int {
    switch self {
    case .privateKey: 0
    case .jwt: 1
    case .apiKey: 2
    case .password: 3
    case .custom: 4
    case .phone: 60
    case .passport, .driverLicense, .bankAccount: 70
    case .date: 80
    case .domain: 90
    default: 10
    }
  }
}

/// The `anonymize` values of Kong's schema that name one kind.
package enum PIICategory: String, CaseIterable, Sendable {
  case bank, credentials, creditcard, crypto, custom, date, domain, driverlicense, email, general
  case ip, medical, nationalid, nrp, passport, phone, ssn, url

  /// One of its own for each, so that a set of them is a number.
  var bit: UInt32 {
    switch self {
    case .bank: 1 << 0
    case .credentials: 1 << 1
    case .creditcard: 1 << 2
    case .crypto: 1 << 3
    case .custom: 1 << 4
    case .date: 1 << 5
    case .domain: 1 << 6
    case .driverlicense: 1 << 7
    case .email: 1 << 8
    case .general: 1 << 9
    case .ip: 1 << 10
    case .medical: 1 << 11
    case .nationalid: 1 << 12
    case .nrp: 1 << 13
    case .passport: 1 << 14
    case .phone: 1 << 15
    case .ssn: 1 << 16
    case .url: 1 << 17
    }
  }

  /// What a list of a configuration asks for: `all` is all but credentials.
  package static func asked(by names: [String]) -> Set<PIICategory> {
    var asked: Set<PIICategory> = []
    for name in names {
      switch name {
      case "all": asked.formUnion(allCases.filter { $0 != .credentials })
      case "all_and_credentials": asked.formUnion(allCases)
      default: if let one = PIICategory(rawValue: name) { asked.insert(one) }
      }
    }
    return asked
  }
}

/// A place in a text that holds something personal or secret.
package struct Finding: Equatable, Sendable {
  /// What it is.
  package var type: PIIType
  /// Where: offsets of bytes.
  package var range: Range<Int>
  /// Which custom pattern has found it, by its place in the list; -1: none.
  package var pattern: Int

  package init(_ type: PIIType, _ range: Range<Int>, pattern: Int = -1) {
    self.type = type
    self.range = range
    self.pattern = pattern
  }
}
