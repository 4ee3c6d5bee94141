// SPDX-License-Identifier: Apache-2.0
//
// inotify, whose events are too oddly laid out for Swift.

#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "CSpawner.h"

int patchbay_watch_start(void) { return inotify_init1(IN_CLOEXEC); }

int patchbay_watch_folder(int watch, const char *folder) {
  return inotify_add_watch(watch, folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR);
}

int patchbay_watch_next(int watch, char *name, size_t size) {
  // One event at a time: a longer read would bring more of them than the caller asked for.
  static _Thread_local char buffer[64 << 10] __attribute__((aligned(__alignof__(struct inotify_event))));
  static _Thread_local size_t filled, taken;
  for (;;) {
    if (taken == filled) {
      ssize_t length = read(watch, buffer, sizeof buffer);
      if (length < 0 && errno == EINTR) continue;
      if (length <= 0) return -1;
      filled = (size_t)length;
      taken = 0;
    }
    const struct inotify_event *event = (const struct inotify_event *)(buffer + taken);
    taken += sizeof *event + event->len;
    if (event->len == 0 || event->wd < 0) continue;
    snprintf(name, size, "%s", event->name);
    return event->wd;
  }
}
