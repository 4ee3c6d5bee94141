// SPDX-License-Identifier: Apache-2.0

// The upstream of the benchmarks: one thread, and no delay but what a request asks for.
//
//   upstream COMPLETION PIECES INTERVAL_US
//
// Listens on a free port of 127.0.0.1 and prints it. What it answers:
//
//   GET                             the head that it received
//   POST                            the bytes of the file COMPLETION
//   POST with "stream":true inside  PIECES events, one every INTERVAL_US; each holds "@" and the nanoseconds of
//                                   CLOCK_MONOTONIC at which it was written
//   POST with X-Model-Time: US      the same, US microseconds later: a model thinks
//
// One request at a time on a connection, bodies by Content-Length: all that the benchmarks send.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 4096, REQUEST_LIMIT = 512 << 10, EVENTS = 256 };

struct connection {
  // It is owed something: the completion, or pieces.
  bool is_answering, is_stream, wants_usage;
  unsigned sent;
  uint64_t due;
  size_t used;
  char request[REQUEST_LIMIT + 1];
};

static struct connection *connections[CONNECTIONS];  // By descriptor.
static int answering[CONNECTIONS], answering_count;
static unsigned pieces;
static uint64_t interval;
static char *completion;
static size_t completion_size;

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "upstream: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + time.tv_nsec;
}

// Answers are far smaller than a socket's buffer, and a client waits for one before it asks again.
static void send_all(int descriptor, const char *bytes, size_t count) {
  ssize_t sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
  if (sent >= 0 && (size_t)sent != count) {
    errno = ENOBUFS;
    fail("send");
  }
}

// MARK: Streams

#define CHUNK_HEAD "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\"," \
  "\"created\":1700000000,\"model\":\"gpt-4o-mini\",\"choices\":["

static size_t put_event(char *out, const char *format, uint64_t stamp) {
  char event[1024];
  int size = snprintf(event, sizeof event, format, (unsigned long long)stamp);
  return (size_t)sprintf(out, "%x\r\n%s\r\n", size, event);
}

static void send_piece(int descriptor, struct connection *connection) {
  char out[4096];
  size_t size = 0;
  if (connection->sent == 0)
    size = (size_t)sprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
      "Transfer-Encoding: chunked\r\n\r\n");
  if (connection->sent < pieces) {
    size += put_event(out + size, CHUNK_HEAD "{\"index\":0,\"delta\":{\"content\":\"@%020llu \"},"
      "\"finish_reason\":null}]}\n\n", now());
  } else {
    size += put_event(out + size, CHUNK_HEAD
      "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", 0);
    if (connection->wants_usage)
      size += put_event(out + size, CHUNK_HEAD
        "],\"usage\":{\"prompt_tokens\":200,\"completion_tokens\":64,\"total_tokens\":264}}\n\n", 0);
    size += (size_t)sprintf(out + size, "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
    connection->is_answering = false;
  }
  send_all(descriptor, out, size);
  connection->sent += 1;
  connection->due += interval;
}

// MARK: What is due

static void send_due(int descriptor, struct connection *connection) {
  if (connection->is_stream) return send_piece(descriptor, connection);
  connection->is_answering = false;
  send_all(descriptor, completion, completion_size);
}

static void start_answer(int descriptor, struct connection *connection, bool is_stream, uint64_t delay) {
  connection->is_answering = true;
  connection->is_stream = is_stream;
  connection->wants_usage = strstr(connection->request, "\"include_usage\":true") != NULL;
  connection->sent = 0;
  connection->due = now() + delay;
  if (delay == 0) send_due(descriptor, connection);
  if (connection->is_answering) answering[answering_count++] = descriptor;
}

// Sends what is due, and gives the time of what is due next.
static uint64_t send_all_due(void) {
  uint64_t next = UINT64_MAX;
  for (int index = 0; index < answering_count;) {
    int descriptor = answering[index];
    struct connection *connection = connections[descriptor];
    while (connection->is_answering && connection->due <= now()) send_due(descriptor, connection);
    if (!connection->is_answering) {
      answering[index] = answering[--answering_count];
      continue;
    }
    if (connection->due < next) next = connection->due;
    index += 1;
  }
  return next;
}

// MARK: Requests

// The value of a header, or 0; the head ends in an empty line.
static size_t number(const char *head, const char *end, const char *name) {
  for (const char *line = head; line < end; line = strchr(line, '\n') + 1)
    if (strncasecmp(line, name, strlen(name)) == 0) return strtoul(line + strlen(name), NULL, 10);
  return 0;
}

static void answer(int descriptor, struct connection *connection, size_t head_size) {
  char head[REQUEST_LIMIT + 256];
  if (strncmp(connection->request, "GET ", 4) == 0) {
    int size = sprintf(head, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
      "Content-Length: %zu\r\n\r\n", head_size);
    memcpy(head + size, connection->request, head_size);
    send_all(descriptor, head, (size_t)size + head_size);
  } else {
    bool is_stream = strstr(connection->request + head_size, "\"stream\":true") != NULL;
    const char *end = connection->request + head_size - 2;
    uint64_t delay = number(connection->request, end, "x-model-time:") * 1000;
    start_answer(descriptor, connection, is_stream, delay);
  }
}

static void close_connection(int descriptor) {
  for (int index = 0; index < answering_count; index++)
    if (answering[index] == descriptor) answering[index--] = answering[--answering_count];
  free(connections[descriptor]);
  connections[descriptor] = NULL;
  close(descriptor);
}

static void read_request(int descriptor) {
  struct connection *connection = connections[descriptor];
  ssize_t count = recv(descriptor, connection->request + connection->used,
    REQUEST_LIMIT - connection->used, 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return close_connection(descriptor);
  connection->used += (size_t)count;
  connection->request[connection->used] = 0;
  char *end = strstr(connection->request, "\r\n\r\n");
  if (!end) return;
  size_t head_size = (size_t)(end + 4 - connection->request);
  if (connection->used < head_size + number(connection->request, end + 2, "content-length:")) return;
  answer(descriptor, connection, head_size);
  connection->used = 0;
}

static void accept_connection(int poll, int listener) {
  int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return;
  if (descriptor >= CONNECTIONS) fail("too many connections");
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  connections[descriptor] = calloc(1, sizeof(struct connection));
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event)) fail("epoll_ctl");
}

// MARK: Start

static void load_completion(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) fail(path);
  completion = malloc(REQUEST_LIMIT);
  completion_size = fread(completion, 1, REQUEST_LIMIT, file);
  fclose(file);
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: upstream COMPLETION PIECES INTERVAL_US\n");
    return 2;
  }
  load_completion(arguments[1]);
  pieces = (unsigned)atoi(arguments[2]);
  interval = strtoull(arguments[3], NULL, 10) * 1000;

  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1024)) fail("listen");
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);

  int poll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event)) fail("epoll_ctl");
  for (;;) {
    uint64_t next = send_all_due(), time = now();
    uint64_t rest = next > time ? next - time : 0;
    struct timespec timeout = {.tv_sec = rest / 1000000000u, .tv_nsec = rest % 1000000000u};
    struct epoll_event events[EVENTS];
    int ready = epoll_pwait2(poll, events, EVENTS, next == UINT64_MAX ? NULL : &timeout, NULL);
    if (ready < 0 && errno != EINTR) fail("epoll_pwait2");
    for (int index = 0; index < ready; index++) {
      if (events[index].data.fd == listener) accept_connection(poll, listener);
      else read_request(events[index].data.fd);
    }
  }
}
