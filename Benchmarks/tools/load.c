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
// Prints one line of JSON, times in microseconds.

#include "client.h"

static void send_request(struct connection *connection, const struct request *request) {
  send_request_due(connection, request, now());
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
  go_on_until_told();
  int count = tracer.running = atoi(arguments[1]);
  struct connection *connections = calloc((size_t)count, sizeof *connections);
  for (int index = 0; index < count; index++) connect_to(tracer.poll, port, &connections[index]);
  for (int index = 0; index < count; index++) send_request(&connections[index], &tracer.request);
  while (!is_over(tracer.running))
    wait_for_responses(tracer.poll, now() + 100000000u, trace_and_request_again, &tracer);
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
