// SPDX-License-Identifier: Apache-2.0

// Clients that speak TLS, each a thread that does one thing after the other.
//
//   tls PORT full|resumed|transfer 1.2|1.3 PATH THREADS SECONDS
//
//   full, resumed   a connection for each GET of PATH, with a full handshake or with the session of the one before
//   transfer        one connection for each thread, and one GET behind the other
//
// Prints what they did as JSON. A handshake that is not of the kind that was asked for, or a response that is not a
// whole 200, ends it with an error. Nothing is verified: what a client spends is not measured.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 64, HEAD_LIMIT = 4096, PIECE = 64 << 10 };

struct client {
  pthread_t thread;
  SSL_CTX *context;
  SSL_SESSION *session;
  uint64_t count, bytes;
};

static struct sockaddr_in address = {.sin_family = AF_INET};
static bool keeps, resumes;
static int version;
static const char *path;
static uint64_t end;

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "tls: %s: %s\n", what, errno ? strerror(errno) : "");
  ERR_print_errors_fp(stderr);
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + time.tv_nsec;
}

static int keep_session(SSL *ssl, SSL_SESSION *session) {
  struct client *client = SSL_get_app_data(ssl);
  SSL_SESSION_free(client->session);
  client->session = session;
  return 1;
}

static SSL *connect_to(struct client *client) {
  int descriptor = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  if (descriptor < 0) fail("socket");
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address)) fail("connect");
  SSL *ssl = SSL_new(client->context);
  if (!ssl || !SSL_set_fd(ssl, descriptor)) fail("SSL_new");
  SSL_set_app_data(ssl, client);
  if (resumes && client->session) {
    // A copy, as OpenSSL lets a session of TLS 1.3 be used once.
    SSL_SESSION *copy = SSL_SESSION_dup(client->session);
    SSL_set_session(ssl, copy);
    SSL_SESSION_free(copy);
  }
  errno = 0;
  if (SSL_connect(ssl) != 1) fail("handshake");
  if (SSL_session_reused(ssl) != (resumes && client->count > 0)) fail("the wrong handshake");
  return ssl;
}

static int read_some(SSL *ssl, char *bytes, int count) {
  errno = 0;
  int result = SSL_read(ssl, bytes, count);
  if (result <= 0) fail("the response ended");
  return result;
}

static void get(struct client *client, SSL *ssl, char *piece) {
  char request[512];
  int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path,
                        keeps ? "" : "Connection: close\r\n");
  errno = 0;
  if (SSL_write(ssl, request, length) != length) fail("request");
  char head[HEAD_LIMIT + 1];
  int used = 0;
  char *body = NULL;
  while (!body) {
    if (used == HEAD_LIMIT) fail("the head is too long");
    used += read_some(ssl, head + used, HEAD_LIMIT - used);
    head[used] = 0;
    body = strstr(head, "\r\n\r\n");
  }
  char *field = strcasestr(head, "\r\ncontent-length:");
  if (strncmp(head, "HTTP/1.1 200", 12) || !field) fail(head);
  long left = atol(field + 17) - (head + used - (body + 4));
  client->bytes += head + used - (body + 4) + left;
  while (left > 0) left -= read_some(ssl, piece, left < PIECE ? left : PIECE);
  client->count++;
}

static void disconnect(SSL *ssl) {
  int descriptor = SSL_get_fd(ssl);
  // What a server says behind its response, tickets above all, was read with it.
  SSL_shutdown(ssl);
  SSL_free(ssl);
  close(descriptor);
}

static void *run(void *argument) {
  struct client *client = argument;
  char *piece = malloc(PIECE);
  SSL *ssl = keeps ? connect_to(client) : NULL;
  while (now() < end) {
    if (!keeps) ssl = connect_to(client);
    get(client, ssl, piece);
    if (!keeps) disconnect(ssl);
  }
  if (keeps) disconnect(ssl);
  free(piece);
  return NULL;
}

int main(int count, char **arguments) {
  if (count != 7) fail("usage: tls PORT full|resumed|transfer 1.2|1.3 PATH THREADS SECONDS");
  address.sin_port = htons(atoi(arguments[1]));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  resumes = !strcmp(arguments[2], "resumed");
  keeps = !strcmp(arguments[2], "transfer");
  version = strcmp(arguments[3], "1.2") ? TLS1_3_VERSION : TLS1_2_VERSION;
  path = arguments[4];
  int threads = atoi(arguments[5]);
  if (threads < 1 || threads > THREADS) fail("from 1 to 64 threads");
  uint64_t start = now();
  end = start + (uint64_t)(atof(arguments[6]) * 1e9);
  static struct client clients[THREADS];
  for (int index = 0; index < threads; index++) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || !SSL_CTX_set_min_proto_version(context, version) ||
        !SSL_CTX_set_max_proto_version(context, version))
      fail("SSL_CTX_new");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_session);
    clients[index].context = context;
    if (pthread_create(&clients[index].thread, NULL, run, &clients[index])) fail("thread");
  }
  uint64_t total = 0, bytes = 0;
  for (int index = 0; index < threads; index++) {
    pthread_join(clients[index].thread, NULL);
    total += clients[index].count;
    bytes += clients[index].bytes;
  }
  printf("{\"count\": %llu, \"bytes\": %llu, \"seconds\": %.6f}\n", (unsigned long long)total,
         (unsigned long long)bytes, (now() - start) / 1e9);
  return 0;
}
