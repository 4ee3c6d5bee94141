# SPDX-License-Identifier: Apache-2.0
"""nginx as a reverse proxy: keep-alive on both sides, no access log, streams not buffered."""

from pathlib import Path

from .gateway import WORKERS, Command, Gateway, free_port
from .upstream import Upstream

_CONFIG = """\
daemon off;
pid {folder}/nginx.pid;
worker_processes {workers};
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  upstream origin {{
    server 127.0.0.1:{upstream};
    keepalive 256;
    keepalive_requests 1000000000;
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
"""


def gateway(upstream: Upstream) -> Gateway:
    port = free_port()

    def commands(folder: Path) -> list[Command]:
        config = folder / "nginx.conf"
        config.write_text(
            _CONFIG.format(folder=folder, workers=WORKERS, upstream=upstream.port, port=port)
        )
        return [Command(["/usr/sbin/nginx", "-p", str(folder), "-c", str(config), "-e", "stderr"])]

    return Gateway("nginx", "nginx", port, commands)
