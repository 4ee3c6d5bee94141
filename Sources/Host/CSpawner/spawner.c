// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CSpawner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_CHILDREN 4096

struct child {
  pid_t pid;
  uint64_t id;
};

static struct child children[MAX_CHILDREN];
static int child_count;

static void report(int socket, const struct patchbay_spawn_report *message) {
  while (send(socket, message, sizeof *message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

static void report_failure(int socket, uint64_t id, int code, uint32_t stage) {
  struct patchbay_spawn_report message = {
      .kind = PATCHBAY_FAILED, .id = id, .code = code, .stage = stage};
  report(socket, &message);
}

static void spawn(int socket, const struct patchbay_spawn_request *request, const int *descriptors,
                  int count) {
  if (count < 4 || count != (int)request->sockets + 3 ||
      memchr(request->name, 0, sizeof request->name) == NULL || child_count == MAX_CHILDREN) {
    report_failure(socket, request->id, EINVAL, PATCHBAY_STAGE_REQUEST);
    return;
  }
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) != 0) {
    report_failure(socket, request->id, errno, PATCHBAY_STAGE_FORK);
    return;
  }
  pid_t self = getpid();
  pid_t pid = fork();
  if (pid == 0) {
    close(failure[0]);
    patchbay_spawner_exec(request, descriptors, count, failure[1], self);
  }
  int error = errno;
  close(failure[1]);
  if (pid < 0) {
    close(failure[0]);
    report_failure(socket, request->id, error, PATCHBAY_STAGE_FORK);
    return;
  }
  // The pipe closes with a successful exec, and tells what went wrong otherwise.
  int32_t facts[2];
  ssize_t length;
  do {
    length = read(failure[0], facts, sizeof facts);
  } while (length < 0 && errno == EINTR);
  close(failure[0]);
  if (length == (ssize_t)sizeof facts) {
    waitpid(pid, NULL, 0);
    report_failure(socket, request->id, facts[0], (uint32_t)facts[1]);
    return;
  }
  children[child_count++] = (struct child){pid, request->id};
  struct patchbay_spawn_report message = {
      .kind = PATCHBAY_STARTED, .id = request->id, .pid = pid};
  report(socket, &message);
}

static void kill_child(uint64_t id, int number) {
  for (int index = 0; index < child_count; index++) {
    if (children[index].id == id) kill(children[index].pid, number);
  }
}

static void reap(int socket) {
  for (;;) {
    int status;
    struct rusage usage;
    pid_t pid = wait4(-1, &status, WNOHANG, &usage);
    if (pid <= 0) return;
    for (int index = 0; index < child_count; index++) {
      if (children[index].pid != pid) continue;
      struct patchbay_spawn_report message = {
          .kind = PATCHBAY_EXITED,
          .id = children[index].id,
          .pid = pid,
          .code = status,
          .cpu_us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000u +
                    (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec),
          .max_rss_kb = (uint64_t)usage.ru_maxrss};
      children[index] = children[--child_count];
      report(socket, &message);
      break;
    }
  }
}

// Receives a request with its descriptors. Returns the number of these, or -1 when the host is gone.
static int receive(int socket, struct patchbay_spawn_request *request, int *descriptors) {
  char control[CMSG_SPACE(sizeof(int) * (PATCHBAY_SPAWN_MAX_SOCKETS + 3))];
  struct iovec part = {request, sizeof *request};
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
  ssize_t length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (length < 0 && errno == EINTR) return 0;
  if (length <= 0) return -1;
  int count = 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(descriptors, CMSG_DATA(header), sizeof(int) * (size_t)count);
  }
  if (length != (ssize_t)sizeof *request) request->kind = 0;
  return count;
}

void patchbay_spawner_run(int socket) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  int events = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  struct pollfd watched[2] = {{socket, POLLIN, 0}, {events, POLLIN, 0}};
  while (events >= 0) {
    if (poll(watched, 2, -1) < 0) {
      if (errno == EINTR) continue;
      break;
    }
    if (watched[1].revents) {
      // SIGTERM means nothing here: the host says when it is over, by closing the socket.
      struct signalfd_siginfo facts;
      while (read(events, &facts, sizeof facts) > 0) {
      }
      reap(socket);
    }
    if (watched[0].revents) {
      struct patchbay_spawn_request request;
      int descriptors[PATCHBAY_SPAWN_MAX_SOCKETS + 3];
      int count = receive(socket, &request, descriptors);
      if (count < 0) break;
      if (request.kind == PATCHBAY_SPAWN) spawn(socket, &request, descriptors, count);
      if (request.kind == PATCHBAY_KILL) kill_child(request.id, request.signal);
      for (int index = 0; index < count; index++) close(descriptors[index]);
    }
  }
  for (int index = 0; index < child_count; index++) kill(children[index].pid, SIGKILL);
}
