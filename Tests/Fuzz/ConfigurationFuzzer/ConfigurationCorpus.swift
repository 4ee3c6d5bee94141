// SPDX-License-Identifier: Apache-2.0

/// Files that have everything, to be changed.
enum ConfigurationCorpus {
  static let files = [
    """
    _format_version: "3.0"
    services:
      - name: example
        url: https://example.com/api
        retries: 3
        connect_timeout: 1000
        tags: [a, b]
        routes:
          - name: example
            paths: [/example, "~/v\\\\d+/(?<rest>.*)$"]
            hosts: ["*.example.com", example.org]
            methods: [GET, POST]
            strip_path: true
        plugins:
          - name: file-log
            config: {path: /var/log/example.log, key: "{vault://env/SET}"}
      - {name: other, protocol: http, host: 10.0.0.1, port: 80, path: /x}
    plugins: [{name: global, enabled: false, config: {a: [1, 2.5, null, {b: true}]}}]
    consumers: [{username: somebody, custom_id: "7"}]
    """,
    """
    _format_version: "3.0"
    base: &base
      name: one
    services:
      - <<: *base
        url: http://localhost:9
    routes: [{name: r, paths: [/], service: one}]
    patchbay:
      listen: 0.0.0.0:8000
      workers: 2
      cpu_latency: 0
      limits: {request_body: 8MiB, request_head: 4KiB, connections: 10, client_body_timeout: 5}
      trusted_ips: [10.0.0.0/8, "::1/128", "unix:"]
      real_ip_header: X-Forwarded-For
      headers: [server_tokens, X-Kong-Request-Id]
      processes: {p: {instances: auto, on_failure: open, permissions: ["read:/etc"]}}
    """,
    #"{"_format_version":"3.0","services":[{"name":"json","url":"http://a:1/b","routes":[{"paths":["/j"]}]}]}"#,
  ].map { Array($0.utf8) }

  static let words = [
    "\n", "  ", "\t", "- ", ": ", "[", "]", "{", "}", "'", "\"", "&a ", "*a", "<<: *a", "!!binary ",
    "|\n", ">-\n",
    "---\n", "...\n", "%YAML 1.1\n", "#", "null", "~", "true", "-1", "0", "1e999", "0x10",
    "99999999999999999999",
    ".nan", "{vault://env/SET}", "{vault://env/NOT}", "{vault://", "\0", "\u{7F}", "\u{FEFF}", "é",
    "~/(", "/[", "//",
    "services:", "routes:", "plugins:", "patchbay:", "name: ", "? ", "\r\n", "\u{2028}",
  ]
}
