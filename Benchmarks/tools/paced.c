// SPDX-License-Identifier: Apache-2.0

// A client that does not wait for answers before it asks again.
//
//   paced PORT REQUEST RATE STREAM SHARE
//
// RATE requests a second are due at fixed times, whatever becomes of those before them, until SIGTERM and then until all is
// answered: the bytes of the file REQUEST, and for one of SHARE those of STREAM. Each has a connection of its own for so
// long. Times count from when a request was due, so that one that could not be sent in time is not forgotten. A request that
// fails does not end it.
//
// Prints one line of JSON, times in microseconds: of plain requests until the answer, of streams until the first piece, and
// the delay of each piece.

#include "client.h"

#include <sys/prctl.h>

enum { AT_FIRST = 16, AT_MOST = 1024 };

struct pacer {
  struct request plain, stream;
  int poll, port, open, running;
  // Connections without a request, in a ring: the one that has waited for the longest goes first.
  struct connection *idle[AT_MOST];
  unsigned first, idle_count;
  uint64_t exchanges, failed;
};

// Null: all are busy, and there may be no more. What is due then goes out late.
static struct connection *next_idle(struct pacer *pacer) {
  if (pacer->idle_count == 0) {
    if (pacer->open == AT_MOST) return NULL;
    pacer->open += 1;
    struct connection *connection = calloc(1, sizeof *connection);
    connect_to(pacer->poll, pacer->port, connection);
    return connection;
  }
  struct connection *connection = pacer->idle[pacer->first++ % AT_MOST];
  pacer->idle_count -= 1;
  return connection;
}

static void put_idle(struct pacer *pacer, struct connection *connection) {
  pacer->idle[(pacer->first + pacer->idle_count++) % AT_MOST] = connection;
}

static void end_exchange(struct connection *connection, uint64_t time, void *context) {
  struct pacer *pacer = context;
  if (!connection->is_busy) fail("a connection was closed that nobody used");
  connection->is_busy = false;
  pacer->exchanges += 1;
  pacer->running -= 1;
  if (connection->status != 200) pacer->failed += 1;
  else if (!connection->is_stream) add(&latencies, (int64_t)(time - connection->start));
  if (connection->status != 0) return put_idle(pacer, connection);
  close(connection->descriptor);
  free(connection);
  pacer->open -= 1;
}

int main(int count, char **arguments) {
  static struct pacer pacer;
  double rate = count == 6 ? atof(arguments[3]) : 0;
  uint64_t share = count == 6 ? strtoull(arguments[5], NULL, 10) : 0;
  if (rate <= 0 || share == 0) {
    fprintf(stderr, "usage: paced PORT REQUEST RATE STREAM SHARE\n");
    return 2;
  }
  pacer.port = atoi(arguments[1]);
  load(&pacer.plain, arguments[2]);
  load(&pacer.stream, arguments[4]);
  pacer.poll = epoll_create1(EPOLL_CLOEXEC);
  go_on_until_told();
  // The kernel would wake it up to 50 microseconds late.
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  struct connection *first[AT_FIRST];
  for (int index = 0; index < AT_FIRST; index++) first[index] = next_idle(&pacer);
  for (int index = 0; index < AT_FIRST; index++) put_idle(&pacer, first[index]);
  uint64_t start = now(), number = 0, due = start, end = UINT64_MAX;
  // What was due before the end is sent, however late.
  while (!is_over(pacer.running + (due <= end))) {
    uint64_t time = now();
    if (is_asked_to_end && end == UINT64_MAX) end = time;
    struct connection *connection;
    while (due <= time && due <= end && (connection = next_idle(&pacer))) {
      connection->is_stream = number % share == share - 1;
      connection->is_busy = true;
      pacer.running += 1;
      send_request_due(connection, connection->is_stream ? &pacer.stream : &pacer.plain, due);
      number += 1;
      due = start + (uint64_t)((double)number / rate * 1e9);
    }
    // When it is late, only an answer lets it go on.
    uint64_t pause = time + 100000000u;
    wait_for_responses(pacer.poll, due > time && due < pause ? due : pause, end_exchange, &pacer);
  }
  printf("{\"exchanges\":%llu,\"failed\":%llu,", (unsigned long long)pacer.exchanges,
    (unsigned long long)pacer.failed);
  print("plain", &latencies, ",");
  print("first_piece", &first_pieces, ",");
  print("delay", &delays, "}\n");
}

