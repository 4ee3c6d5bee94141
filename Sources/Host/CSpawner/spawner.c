// SPDX-License-Identifier: Apache-2.0
//
// The spawner process: starts what the host asks for, reaps what ends, and leaves nothing behind.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "spawner.h"

// Plugin processes at once. Far above what a machine bears; it makes the table a fixed one.
#define MAX_CHILDREN 4096

// Milliseconds that killed processes have to be gone when the host is.
#define END_PATIENCE 1500

struct child {
  pid_t pid;
  uint64_t id;
  // About its threads; -1: there are none.
  int questions;
  char name[PATCHBAY_SPAWN_NAME];
};

static struct child children[MAX_CHILDREN];
static int child_count;
// An epoll descriptor for the questions of all.
static int questions = -1;

static void report(int socket, const struct patchbay_spawn_report *message) {
  // When the host is gone, the loop reads it from the socket; there is nobody to tell.
  while (send(socket, message, sizeof *message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

static void report_failure(int socket, uint64_t id, int code, uint32_t stage) {
  struct patchbay_spawn_report message = {
      .kind = PATCHBAY_FAILED, .id = id, .code = code, .stage = stage};
  report(socket, &message);
}

// Each a letter and an absolute path.
static bool are_paths_valid(const struct received_request *received) {
  const char *paths = received->paths;
  size_t length = received->request.paths;
  if (length > 0 && paths[length - 1] != 0) return false;
  for (size_t at = 0; at < length; at += strlen(paths + at) + 1) {
    if ((paths[at] != PATCHBAY_PATH_READ && paths[at] != PATCHBAY_PATH_WRITE) ||
        paths[at + 1] != '/')
      return false;
  }
  return true;
}

static bool is_valid(const struct received_request *received) {
  const struct patchbay_spawn_request *request = &received->request;
  bool has_sockets = (request->options & PATCHBAY_PRINT_MANIFEST) == 0;
  return (request->sockets > 0) == has_sockets && received->count >= PATCHBAY_SPAWN_FIXED &&
         request->sockets == (uint32_t)(received->count - PATCHBAY_SPAWN_FIXED) &&
         memchr(request->name, 0, sizeof request->name) != NULL &&
         // It is part of a folder's name.
         strchr(request->name, '/') == NULL && are_paths_valid(received) &&
         child_count < MAX_CHILDREN;
}

static ssize_t receive_outcome(int outcomes, struct outcome *outcome, int *descriptor) {
  union {
    struct cmsghdr alignment;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec part = {outcome, sizeof *outcome};
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  ssize_t length = recvmsg(outcomes, &message, MSG_CMSG_CLOEXEC);
  struct cmsghdr *header = length < 0 ? NULL : CMSG_FIRSTHDR(&message);
  if (header && header->cmsg_type == SCM_RIGHTS) {
    if (*descriptor >= 0) close(*descriptor);
    memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
  }
  return length;
}

// What the new process says of itself until its exec closes the socket.
static struct outcome read_outcome(int outcomes, int *descriptor) {
  // One that ended without a word.
  struct outcome last = {.stage = PATCHBAY_STAGE_EXEC, .error = ECHILD};
  for (;;) {
    struct outcome next;
    ssize_t length = receive_outcome(outcomes, &next, descriptor);
    if (length < 0 && errno == EINTR) continue;
    if (length != (ssize_t)sizeof next) return last;
    last = next;
  }
}

static void spawn(int socket, const struct received_request *received) {
  const struct patchbay_spawn_request *request = &received->request;
  uint64_t id = request->id;
  if (!is_valid(received)) return report_failure(socket, id, EINVAL, PATCHBAY_STAGE_REQUEST);
  char folder[PATCHBAY_SPAWN_FOLDER];
  if (!spawner_make_folder(request->name, id, folder))
    return report_failure(socket, id, errno, PATCHBAY_STAGE_FOLDER);
  int outcomes[2] = {-1, -1};
  pid_t pid = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, outcomes) == 0
                  ? spawner_begin_process(received, folder, outcomes[1])
                  : -1;
  int error = errno;
  if (outcomes[1] >= 0) close(outcomes[1]);
  if (pid < 0) {
    if (outcomes[0] >= 0) close(outcomes[0]);
    spawner_remove_folder(request->name, id);
    return report_failure(socket, id, error, PATCHBAY_STAGE_FORK);
  }
  int asked = -1;
  struct outcome outcome = read_outcome(outcomes[0], &asked);
  close(outcomes[0]);
  struct patchbay_spawn_report message = {.kind = PATCHBAY_STARTED,
                                          .id = id,
                                          .pid = pid,
                                          .parts = outcome.parts,
                                          .options = request->options};
  if (outcome.stage != 0) {
    waitpid(pid, NULL, 0);
    if (asked >= 0) close(asked);
    spawner_remove_folder(request->name, id);
    message.kind = PATCHBAY_FAILED;
    message.code = outcome.error;
    message.stage = outcome.stage;
    memcpy(message.subject, outcome.subject, sizeof message.subject);
    return report(socket, &message);
  }
  struct child *child = &children[child_count++];
  child->pid = pid;
  child->id = id;
  child->questions = asked;
  if (asked >= 0) spawner_watch_threads(questions, asked);
  memcpy(child->name, request->name, sizeof child->name);
  report(socket, &message);
}

// A plugin leads a process group, so that what it started goes with it.
static void kill_child(uint64_t id, int number) {
  for (int index = 0; index < child_count; index++) {
    // A process keeps its number until it is reaped below, so the signal reaches no stranger.
    if (children[index].id == id) kill(-children[index].pid, number);
  }
}

static void report_exit(int socket, pid_t pid, int status, const struct rusage *usage) {
  for (int index = 0; index < child_count; index++) {
    if (children[index].pid != pid) continue;
    struct timeval user = usage->ru_utime;
    struct timeval system = usage->ru_stime;
    struct patchbay_spawn_report message = {
        .kind = PATCHBAY_EXITED,
        .pid = pid,
        .id = children[index].id,
        .code = status,
        .cpu_us = (uint64_t)(user.tv_sec + system.tv_sec) * 1000000u +
                  (uint64_t)(user.tv_usec + system.tv_usec),
        .max_rss_kb = (uint64_t)usage->ru_maxrss};
    if (children[index].questions >= 0) close(children[index].questions);
    spawner_remove_folder(children[index].name, children[index].id);
    children[index] = children[--child_count];
    report(socket, &message);
    return;
  }
}

static void report_pause(int socket, pid_t pid, uint32_t kind) {
  // So that it is not found again.
  siginfo_t facts;
  waitid(P_PID, (id_t)pid, &facts, WSTOPPED | WCONTINUED | WNOHANG);
  for (int index = 0; index < child_count; index++) {
    if (children[index].pid != pid) continue;
    struct patchbay_spawn_report message = {.kind = kind, .pid = pid, .id = children[index].id};
    report(socket, &message);
  }
}

static void reap(int socket) {
  for (;;) {
    siginfo_t facts = {0};
    int events = WEXITED | WSTOPPED | WCONTINUED;
    if (waitid(P_ALL, 0, &facts, events | WNOHANG | WNOWAIT) != 0 || facts.si_pid == 0) return;
    pid_t pid = facts.si_pid;
    if (facts.si_code == CLD_STOPPED || facts.si_code == CLD_CONTINUED) {
      report_pause(socket, pid,
                   facts.si_code == CLD_STOPPED ? PATCHBAY_PAUSED : PATCHBAY_RESUMED);
      continue;
    }
    // Before the number is free again: whatever of its group is left has nobody to serve.
    kill(-pid, SIGKILL);
    int status;
    struct rusage usage;
    if (wait4(pid, &status, 0, &usage) == pid) report_exit(socket, pid, status, &usage);
  }
}

static void answer(int socket, struct received_request *received, enum reception reception) {
  const struct patchbay_spawn_request *request = &received->request;
  if (reception == RECEIVED && request->kind == PATCHBAY_SPAWN) {
    spawn(socket, received);
  } else if (reception == RECEIVED && request->kind == PATCHBAY_KILL) {
    kill_child(request->id, request->signal);
  } else if (reception != NOTHING) {
    report_failure(socket, request->id, EINVAL, PATCHBAY_STAGE_REQUEST);
  }
  for (int index = 0; index < received->count; index++) close(received->descriptors[index]);
}

static int64_t milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Kills what runs, and takes what it leaves with it.
static void finish(int socket) {
  for (int index = 0; index < child_count; index++) kill(-children[index].pid, SIGKILL);
  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  int64_t deadline = milliseconds() + END_PATIENCE;
  // Until there are no more children. Those that remove folders are among them; one that has much to do is left to it.
  siginfo_t facts;
  while (waitid(P_ALL, 0, &facts, WEXITED | WNOHANG | WNOWAIT) == 0) {
    int64_t left = deadline - milliseconds();
    if (left <= 0) break;
    struct timespec patience = {left / 1000, left % 1000 * 1000000};
    sigtimedwait(&ended, NULL, &patience);
    reap(socket);
  }
  spawner_remove_base();
}

void spawner_run(int socket, pid_t host) {
  signal(SIGPIPE, SIG_IGN);
  // A service manager sends SIGTERM to every process of the service. It means nothing here: the host says when it is
  // over, by closing the socket.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, SIGUSR1);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  int events = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  // The second net, should a copy of the host's socket have got into another process. The kernel sends it for the
  // host's thread that forked, so what counts is whether the parent is still the host.
  prctl(PR_SET_PDEATHSIG, SIGUSR1);
  spawner_make_network();
  questions = epoll_create1(EPOLL_CLOEXEC);
  struct pollfd watched[3] = {{socket, POLLIN, 0}, {events, POLLIN, 0}, {questions, POLLIN, 0}};
  while (events >= 0 && questions >= 0 && getppid() == host) {
    if (poll(watched, 3, -1) < 0) {
      if (errno == EINTR) continue;
      break;
    }
    if (watched[1].revents) {
      struct signalfd_siginfo facts;
      while (read(events, &facts, sizeof facts) > 0) {
      }
      reap(socket);
    }
    if (watched[2].revents) spawner_answer_threads(questions);
    if (watched[0].revents) {
      struct received_request received;
      enum reception reception = spawner_receive(socket, &received);
      if (reception == HOST_GONE) break;
      answer(socket, &received, reception);
    }
  }
  finish(socket);
}
