// SPDX-License-Identifier: Apache-2.0

/// What the words in front of a candidate speak of. Nine digits are anything; nine digits behind `routing number` are not.
struct Context: OptionSet {
  let rawValue: UInt64

  static let phone = bit(0)
  static let ssn = bit(1)
  static let social = bit(2)
  static let security = bit(3)
  static let passport = bit(4)
  static let driver = bit(5)
  static let license = bit(6)
  static let account = bit(7)
  static let routing = bit(8)
  static let sort = bit(9)
  static let code = bit(10)
  static let tax = bit(11)
  static let birth = bit(12)
  static let npi = bit(13)
  static let dea = bit(14)
  static let nhs = bit(15)
  static let medicare = bit(16)
  static let imei = bit(17)
  static let vin = bit(18)
  static let insurance = bit(19)
  static let aadhaar = bit(20)
  static let pan = bit(21)
  static let cpf = bit(22)
  static let bsn = bit(23)
  static let insee = bit(24)
  static let myNumber = bit(25)
  static let nif = bit(26)
  static let password = bit(27)
  static let pin = bit(28)
  static let secret = bit(29)
  static let key = bit(30)
  static let vat = bit(31)
  static let card = bit(32)
  static let pesel = bit(33)
  static let identity = bit(34)
  static let verification = bit(35)
  static let version = bit(36)
  static let login = bit(37)

  private static func bit(_ number: UInt64) -> Context { Context(rawValue: 1 << number) }

  /// Bytes in front of a candidate that are looked at.
  static let reach = 48

  private static let words: [UInt64: Context] = {
    let table: [(Context, String)] = [
      (
        .phone,
        "phone telephone tel mobile cell cellphone call fax whatsapp sms dial telefon telefono teléfono téléphone handy portable mobil celular telefone nummer"
      ),
      (.ssn, "ssn itin"), (.social, "social"), (.security, "security sécurité securite"),
      (
        .passport,
        "passport reisepass reisepassnummer passeport pasaporte passaporto paspoort passaporte"
      ),
      (.driver, "driver drivers driving dl"), (.license, "license licence lic"),
      ([.driver, .license], "führerschein fahrerlaubnis permis rijbewijs patente carnet"),
      (
        .account,
        "account acct accounts konto kontonummer compte cuenta conto rekening rekeningnummer conta"
      ),
      (.routing, "routing aba rtn"), (.sort, "sort"), (.code, "code"),
      (
        .tax,
        "tax tin steuer steuerid idnr steuernummer steueridentifikationsnummer identifikationsnummer"
      ),
      (
        .birth,
        "dob born birth birthday birthdate geboren geburtsdatum né née naissance nacimiento nascita"
      ),
      (.npi, "npi"), (.dea, "dea"), (.nhs, "nhs"), (.medicare, "medicare mbi"),
      (.imei, "imei"), (.vin, "vin chassis"), (.insurance, "insurance nino ni"),
      (.aadhaar, "aadhaar aadhar uidai uid"), (.pan, "pan"), (.cpf, "cpf"),
      (.bsn, "bsn burgerservicenummer sofinummer"), (.insee, "insee nir"),
      (.myNumber, "mynumber individual"), (.nif, "nif contribuinte"),
      (
        .password,
        "password passwd pwd passcode passphrase passwort kennwort contraseña senha passwords credential credentials wachtwoord"
      ),
      (.pin, "pin otp"), (.secret, "secret token bearer apikey"), (.key, "key keys"),
      (.vat, "vat ust ustid tva iva btw umsatzsteuer"), (.card, "card visa mastercard amex"),
      (.pesel, "pesel"), (.identity, "identity identifier"),
      (.verification, "verification recovery access authentication"), (.version, "version release"),
      (.login, "login username"),
    ]
    var words: [UInt64: Context] = [:]
    for (context, list) in table {
      for word in list.split(separator: " ") {
        words[hash(word.utf8), default: []].formUnion(context)
      }
    }
    return words
  }()

  /// Scripts without spaces: looked for as they are.
  private static let phrases: [(StaticString, Context)] = [
    ("电话", .phone), ("電話", .phone), ("手机", .phone), ("手機", .phone), ("전화", .phone),
    ("携帯", .phone), ("マイナンバー", .myNumber), ("個人番号", .myNumber), ("密码", .password),
    ("密碼", .password), ("パスワード", .password), ("비밀번호", .password), ("护照", .passport),
    ("旅券", .passport), ("여권", .passport), ("身份证", .identity), ("運転免許", [.driver, .license]),
    ("駕照", [.driver, .license]),
    ("驾照", [.driver, .license]), ("口座", .account), ("账号", .account), ("계좌", .account),
  ]

  /// The words that end in front of a place, within the reach.
  init(_ text: borrowing TextReader, before place: Int) {
    var found = Context()
    let start = max(0, place - Self.reach)
    var hash = Self.seed
    var length = 0
    var hasWide = false
    var index = start
    // A word that is cut by the reach is none.
    while index > 0, index < place, text[index].isWordByte, text[index - 1].isWordByte {
      index += 1
    }
    while index < place {
      let byte = text[index]
      if byte.isLetter || byte >= 0x80 {
        hasWide = hasWide || byte >= 0xE0
        hash = Self.step(hash, byte.folded)
        length += 1
      } else {
        if length > 0 { found.formUnion(Self.words[hash] ?? []) }
        // What is said in the sentence before does not count; `no.` ends none.
        if byte == UInt8(ascii: "\n") { found = [] }
        if byte == UInt8(ascii: "."), length > 3, text[index + 1] == UInt8(ascii: " ") {
          found = []
        }
        hash = Self.seed
        length = 0
      }
      index += 1
    }
    if length > 0 { found.formUnion(Self.words[hash] ?? []) }
    if hasWide {
      for at in start..<place where text[at] >= 0xE0 {
        for (phrase, context) in Self.phrases where text.has(phrase, at: at) {
          found.formUnion(context)
        }
      }
    }
    self = found
  }

  init(rawValue: UInt64) { self.rawValue = rawValue }

  /// What one word speaks of.
  init(word range: Range<Int>, in text: borrowing TextReader) {
    var hash = Self.seed
    for index in range { hash = Self.step(hash, text[index].folded) }
    self = Self.words[hash] ?? []
  }

  private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

  @inline(__always)
  private static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
    (hash ^ UInt64(byte)) &* 0x100_0000_01b3
  }

  private static func hash(_ word: some Sequence<UInt8>) -> UInt64 {
    word.reduce(seed) { step($0, $1.folded) }
  }

  /// The bit patterns that speak of a social security number.
  var isSocialSecurity: Bool { contains(.ssn) || contains([.social, .security]) }
  var isDriverLicense: Bool { contains([.driver, .license]) }
  /// `password`, `access code`, `API key`.
  var isCredential: Bool {
    contains(.password) || contains(.secret) || contains(.pin)
      || contains([.verification, .code]) || contains([.verification, .key])
  }
}
