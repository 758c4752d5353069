"""How nginx and HAProxy are configured to pass WebSockets on, and a port for them. Knows no process."""

import socket

NGINX = """
daemon off;
pid {folder}/pid;
error_log {folder}/log;
worker_processes 1;
{grace}
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_read_timeout {idle};
      proxy_send_timeout {idle};
    }}
  }}
}}
"""

HAPROXY = """
global
  {grace}
defaults
  mode http
  timeout connect 2s
  timeout client {idle}
  timeout server {idle}
  timeout tunnel {idle}
listen websockets
  bind 127.0.0.1:{port}
  server behind 127.0.0.1:{behind}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
