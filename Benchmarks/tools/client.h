// SPDX-License-Identifier: Apache-2.0

// What the clients that measure time share: connections, responses, samples.
//
// Each piece of a stream holds "@" and the nanoseconds of CLOCK_MONOTONIC at which the upstream wrote it: its delay is the
// time of its arrival less that.

#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { LINE_LIMIT = 4096, EVENTS = 256, CONNECT_TIMEOUT = 5000, LAST_ANSWERS_TIMEOUT = 30000 };
enum part { HEAD, BODY, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILERS };
struct samples {
  int64_t *values;
  size_t count, capacity;
};

struct connection {
  int descriptor;
  uint64_t start;  // When the request was sent, or is to be sent.
  bool is_waiting; // For its start.
  bool is_stream, is_busy;
  // The response.
  enum part part;
  int status; // 0 when there is none: the connection was closed.
  bool is_chunked;
  size_t left, line_size;
  char line[LINE_LIMIT];
  // The stream.
  unsigned pieces, digits;
  uint64_t stamp, last_stamp, last_arrival;
};

static struct samples latencies, first_pieces, delays, gaps;
static bool goes_on_after_failures;

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, errno ? strerror(errno) : "unexpected");
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + time.tv_nsec;
}

// MARK: Samples

static void add(struct samples *samples, int64_t value) {
  if (samples->count == samples->capacity) {
    samples->capacity = samples->capacity ? samples->capacity * 2 : 4096;
    samples->values = realloc(samples->values, samples->capacity * sizeof(int64_t));
  }
  samples->values[samples->count++] = value;
}

static int order(const void *left, const void *right) {
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

static void print(const char *name, struct samples *samples, const char *end) {
  if (!samples->count) fail("nothing was measured");
  qsort(samples->values, samples->count, sizeof(int64_t), order);
  const int64_t *values = samples->values;
  size_t last = samples->count - 1;
  printf("\"%s\":{\"count\":%zu,\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,\"max\":%.2f}%s", name,
    samples->count, values[last / 2] / 1e3, values[last * 9 / 10] / 1e3,
    values[last * 99 / 100] / 1e3, values[last] / 1e3, end);
}

// MARK: Responses

static void piece_arrived(struct connection *connection, uint64_t time) {
  int64_t delay = (int64_t)(time - connection->stamp);
  add(&delays, delay);
  if (connection->pieces++ == 0)
    add(&first_pieces, (int64_t)(time - connection->start));
  else
    add(&gaps, delay - (int64_t)(connection->last_arrival - connection->last_stamp));
  connection->last_arrival = time;
  connection->last_stamp = connection->stamp;
}

static void read_payload(struct connection *connection, const char *bytes, size_t count,
  uint64_t time) {
  for (size_t index = 0; index < count; index++) {
    if (bytes[index] == '@') {
      connection->digits = 20;
      connection->stamp = 0;
    } else if (connection->digits) {
      connection->stamp = connection->stamp * 10 + (uint64_t)(bytes[index] - '0');
      if (--connection->digits == 0) piece_arrived(connection, time);
    }
  }
}

// A whole line, without its end, of head, chunk sizes or trailers. Gives whether the response is complete.
static bool read_line(struct connection *connection) {
  const char *line = connection->line;
  switch (connection->part) {
  case HEAD:
    if (strncmp(line, "HTTP/1.1 ", 9) == 0) {
      connection->status = atoi(line + 9);
      if (connection->status != 200 && !goes_on_after_failures) {
        fprintf(stderr, "load: the answer is %s\n", line);
        exit(1);
      }
    }
    if (strncasecmp(line, "content-length:", 15) == 0)
      connection->left = strtoul(line + 15, NULL, 10);
    if (strcasecmp(line, "transfer-encoding: chunked") == 0) connection->is_chunked = true;
    if (*line) return false;
    connection->part = connection->is_chunked ? CHUNK_SIZE : BODY;
    return !connection->is_chunked && connection->left == 0;
  case CHUNK_SIZE:
    connection->left = strtoul(line, NULL, 16);
    connection->part = connection->left ? CHUNK : TRAILERS;
    return false;
  case CHUNK_END:
    connection->part = CHUNK_SIZE;
    return false;
  default:
    return *line == 0;
  }
}

// Gives whether the response is complete.
static bool read_response(struct connection *connection, const char *bytes, size_t count,
  uint64_t time) {
  while (count) {
    if (connection->part == BODY || connection->part == CHUNK) {
      size_t size = count < connection->left ? count : connection->left;
      read_payload(connection, bytes, size, time);
      bytes += size;
      count -= size;
      connection->left -= size;
      if (connection->left) return false;
      if (connection->part == BODY) return true;
      connection->part = CHUNK_END;
      continue;
    }
    char byte = *bytes++;
    count -= 1;
    if (byte != '\n') {
      if (connection->line_size == LINE_LIMIT - 1) fail("a line of the answer is too long");
      if (byte != '\r') connection->line[connection->line_size++] = byte;
      continue;
    }
    connection->line[connection->line_size] = 0;
    connection->line_size = 0;
    if (read_line(connection)) return true;
  }
  return false;
}

// MARK: Connections

static void connect_to(int poll, int port, struct connection *connection) {
  connection->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(connection->descriptor, (struct sockaddr *)&address, sizeof address)) fail("connect");
  setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, connection->descriptor, &event)) fail("epoll_ctl");
}

struct request {
  char bytes[512 << 10];
  size_t size;
};

static void load(struct request *request, const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) fail(path);
  request->size = fread(request->bytes, 1, sizeof request->bytes, file);
  fclose(file);
}

static void send_request_due(struct connection *connection, const struct request *request,
  uint64_t due) {
  connection->is_waiting = false;
  connection->part = HEAD;
  connection->is_chunked = false;
  connection->left = connection->pieces = 0;
  connection->start = due;
  if (send(connection->descriptor, request->bytes, request->size, MSG_NOSIGNAL)
    != (ssize_t)request->size) fail("send");
}

// Waits until the time given, at most, and calls back for each response that is complete.
static void wait_for_responses(int poll, uint64_t until,
  void (*completed)(struct connection *, uint64_t, void *), void *context) {
  uint64_t time = now(), rest = until > time ? until - time : 0;
  struct timespec timeout = {.tv_sec = rest / 1000000000u, .tv_nsec = rest % 1000000000u};
  struct epoll_event events[EVENTS];
  int ready = epoll_pwait2(poll, events, EVENTS, &timeout, NULL);
  if (ready < 0 && errno != EINTR) fail("epoll_pwait2");
  for (int index = 0; index < ready; index++) {
    struct connection *connection = events[index].data.ptr;
    char bytes[64 << 10];
    ssize_t count = recv(connection->descriptor, bytes, sizeof bytes, 0);
    uint64_t arrival = now();
    bool is_closed = count <= 0;
    if (is_closed && !goes_on_after_failures) fail("the connection was closed");
    if (is_closed) connection->status = 0;
    if (is_closed || read_response(connection, bytes, (size_t)count, arrival))
      completed(connection, arrival, context);
  }
}

// MARK: The end

static volatile sig_atomic_t is_asked_to_end;

static void end_soon(int signal) {
  (void)signal;
  is_asked_to_end = true;
}

static void go_on_until_told(void) {
  goes_on_after_failures = true;
  struct sigaction action = {.sa_handler = end_soon};
  sigaction(SIGTERM, &action, NULL);
}

// Gives whether it is time to end; fails when the last answers do not come.
static bool is_over(int running) {
  static uint64_t last = UINT64_MAX;
  if (!is_asked_to_end) return false;
  if (last == UINT64_MAX) last = now() + LAST_ANSWERS_TIMEOUT * 1000000ull;
  if (running && now() > last) {
    errno = ETIMEDOUT;
    fail("waiting for the last answers");
  }
  return running == 0;
}
