// SPDX-License-Identifier: Apache-2.0

/// How severe a message is (RFC 5424, 6.2.1), in Kong's words.
enum Severity: String, Decodable, Sendable, CaseIterable {
  case debug, info, notice, warning, err, crit, alert, emerg

  /// The protocol's number: the more severe, the lower.
  var number: Int {
    switch self {
    case .emerg: 0
    case .alert: 1
    case .crit: 2
    case .err: 3
    case .warning: 4
    case .notice: 5
    case .info: 6
    case .debug: 7
    }
  }
}

/// What kind of program a message is from (RFC 5424, 6.2.1), in Kong's words.
enum Facility: String, Decodable, Sendable, CaseIterable {
  case auth = "AUTH"
  case authpriv = "AUTHPRIV"
  case cron = "CRON"
  case daemon = "DAEMON"
  case ftp = "FTP"
  case kern = "KERN"
  case lpr = "LPR"
  case mail = "MAIL"
  case news = "NEWS"
  case syslog = "SYSLOG"
  case user = "USER"
  case uucp = "UUCP"
  case local0 = "LOCAL0"
  case local1 = "LOCAL1"
  case local2 = "LOCAL2"
  case local3 = "LOCAL3"
  case local4 = "LOCAL4"
  case local5 = "LOCAL5"
  case local6 = "LOCAL6"
  case local7 = "LOCAL7"

  /// The protocol's number.
  var number: Int {
    switch self {
    case .kern: 0
    case .user: 1
    case .mail: 2
    case .daemon: 3
    case .auth: 4
    case .syslog: 5
    case .lpr: 6
    case .news: 7
    case .uucp: 8
    case .cron: 9
    case .authpriv: 10
    case .ftp: 11
    case .local0: 16
    case .local1: 17
    case .local2: 18
    case .local3: 19
    case .local4: 20
    case .local5: 21
    case .local6: 22
    case .local7: 23
    }
  }
}
