// SPDX-License-Identifier: Apache-2.0

// The clients that measure time; wrk measures throughput.
//
//   load latency PORT REQUEST CONNECTIONS SECONDS
//       sends the bytes of the file REQUEST again and again, one request in flight on each connection
//   load streams PORT REQUEST WARM_UP STREAMS BATCHES INTERVAL_US
//       asks for STREAMS streams at once, their starts spread evenly over one interval, BATCHES times;
//       before that each connection sends WARM_UP once
//   load trace PORT REQUEST CONNECTIONS
//       as latency, until SIGTERM and then until all is answered; a request that fails does not end it. Prints no
//       JSON but, for each request, three native integers of 64 bits: the nanoseconds of CLOCK_MONOTONIC at which
//       it was sent and answered, and the status, or 0 when the connection was closed
//
// Prints one line of JSON, times in microseconds. Each piece of a stream holds "@" and the nanoseconds of
// CLOCK_MONOTONIC at which the upstream wrote it: its delay is the time of its arrival less that.

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

static void send_request(struct connection *connection, const struct request *request) {
  connection->is_waiting = false;
  connection->part = HEAD;
  connection->is_chunked = false;
  connection->left = connection->pieces = 0;
  connection->start = now();
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

// MARK: Latency

static void request_again(struct connection *connection, uint64_t time, void *request) {
  add(&latencies, (int64_t)(time - connection->start));
  send_request(connection, request);
}

static void measure_latency(int port, char **arguments) {
  struct request request;
  load(&request, arguments[0]);
  int count = atoi(arguments[1]), poll = epoll_create1(EPOLL_CLOEXEC);
  struct connection *connections = calloc((size_t)count, sizeof *connections);
  for (int index = 0; index < count; index++) connect_to(poll, port, &connections[index]);
  uint64_t start = now(), end = start + (uint64_t)(atof(arguments[2]) * 1e9);
  for (int index = 0; index < count; index++) send_request(&connections[index], &request);
  while (now() < end) wait_for_responses(poll, end, request_again, &request);
  printf("{\"seconds\":%.6f,", (now() - start) / 1e9);
  print("latency", &latencies, "}\n");
}

// MARK: Trace

struct tracer {
  struct request request;
  int poll, port, running;
  struct samples trace;
};

static volatile sig_atomic_t is_asked_to_end;

static void end_soon(int signal) {
  (void)signal;
  is_asked_to_end = true;
}

static void trace_and_request_again(struct connection *connection, uint64_t time, void *context) {
  struct tracer *tracer = context;
  add(&tracer->trace, (int64_t)connection->start);
  add(&tracer->trace, (int64_t)time);
  add(&tracer->trace, connection->status);
  if (is_asked_to_end) {
    tracer->running -= 1;
    if (connection->status == 0) close(connection->descriptor);
    return;
  }
  if (connection->status == 0) {
    close(connection->descriptor);
    connection->line_size = 0;
    connect_to(tracer->poll, tracer->port, connection);
  }
  send_request(connection, &tracer->request);
}

static void trace(int port, char **arguments) {
  static struct tracer tracer;
  load(&tracer.request, arguments[0]);
  tracer.port = port;
  tracer.poll = epoll_create1(EPOLL_CLOEXEC);
  goes_on_after_failures = true;
  struct sigaction action = {.sa_handler = end_soon};
  sigaction(SIGTERM, &action, NULL);
  int count = tracer.running = atoi(arguments[1]);
  struct connection *connections = calloc((size_t)count, sizeof *connections);
  for (int index = 0; index < count; index++) connect_to(tracer.poll, port, &connections[index]);
  for (int index = 0; index < count; index++) send_request(&connections[index], &tracer.request);
  for (uint64_t last = UINT64_MAX; tracer.running;) {
    wait_for_responses(tracer.poll, now() + 100000000u, trace_and_request_again, &tracer);
    if (is_asked_to_end && last == UINT64_MAX) last = now() + LAST_ANSWERS_TIMEOUT * 1000000ull;
    if (now() > last) {
      errno = ETIMEDOUT;
      fail("waiting for the last answers");
    }
  }
  const struct samples *all = &tracer.trace;
  if (fwrite(all->values, sizeof(int64_t), all->count, stdout) != all->count || fflush(stdout))
    fail("write");
}

// MARK: Streams

static void count_down(struct connection *connection, uint64_t time, void *running) {
  (void)connection;
  (void)time;
  *(int *)running -= 1;
}

// Sends the request on all connections, each at its start, and waits for all responses.
static void run(int poll, struct connection *connections, int count, const struct request *request,
  uint64_t spread) {
  uint64_t start = now() + spread;
  for (int index = 0; index < count; index++) {
    connections[index].start = start + spread * (uint64_t)index / (uint64_t)count;
    connections[index].is_waiting = true;
  }
  for (int running = count; running;) {
    uint64_t next = now() + CONNECT_TIMEOUT * 1000000ull;
    for (int index = 0; index < count; index++) {
      if (!connections[index].is_waiting) continue;
      if (connections[index].start <= now()) send_request(&connections[index], request);
      else if (connections[index].start < next) next = connections[index].start;
    }
    wait_for_responses(poll, next, count_down, &running);
  }
}

static void measure_streams(int port, char **arguments) {
  struct request request, warm_up;
  load(&request, arguments[0]);
  load(&warm_up, arguments[1]);
  int count = atoi(arguments[2]), batches = atoi(arguments[3]), poll = epoll_create1(EPOLL_CLOEXEC);
  uint64_t interval = strtoull(arguments[4], NULL, 10) * 1000;
  struct connection *connections = calloc((size_t)count, sizeof *connections);
  for (int index = 0; index < count; index++) connect_to(poll, port, &connections[index]);
  run(poll, connections, count, &warm_up, 0);
  for (int batch = 0; batch < batches; batch++) run(poll, connections, count, &request, interval);
  printf("{");
  print("first_piece", &first_pieces, ",");
  print("delay", &delays, ",");
  print("gap", &gaps, "}\n");
}

int main(int count, char **arguments) {
  if (count == 6 && strcmp(arguments[1], "latency") == 0)
    measure_latency(atoi(arguments[2]), arguments + 3);
  else if (count == 5 && strcmp(arguments[1], "trace") == 0)
    trace(atoi(arguments[2]), arguments + 3);
  else if (count == 8 && strcmp(arguments[1], "streams") == 0)
    measure_streams(atoi(arguments[2]), arguments + 3);
  else {
    fprintf(stderr, "usage: load latency PORT REQUEST CONNECTIONS SECONDS\n"
      "       load streams PORT REQUEST WARM_UP STREAMS BATCHES INTERVAL_US\n"
      "       load trace PORT REQUEST CONNECTIONS\n");
    return 2;
  }
}
