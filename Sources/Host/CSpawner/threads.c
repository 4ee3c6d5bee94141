// SPDX-License-Identifier: Apache-2.0
//
// How many threads a process has at most. The kernel's own limit counts those of the user, and not root's: so the kernel
// asks the spawner before it makes one (seccomp's user notification).

#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawner.h"

#define THREADS 512
#define LENGTH(array) (sizeof(array) / sizeof *(array))

// A kernel that lets a call go on after the question: that came with 5.5, a release before this call.
static bool can_continue(void) {
  return syscall(SYS_pidfd_getfd, -1, -1, 0) < 0 && errno == EBADF;
}

int spawner_bound_threads(void) {
  if (!can_continue()) return -1;
  // Programs for other kinds of processors are killed by the other filter.
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {LENGTH(program), program};
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                      &filter);
}

void spawner_watch_threads(int watch, int questions) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = questions};
  epoll_ctl(watch, EPOLL_CTL_ADD, questions, &event);
}

// Of the process that the thread belongs to.
static bool has_room(pid_t thread) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", (int)thread);
  struct stat facts;
  // The kernel counts two links for a folder and one for each in it.
  return stat(path, &facts) != 0 || facts.st_nlink < 2 + THREADS;
}

static void answer(int questions) {
  struct seccomp_notif question;
  memset(&question, 0, sizeof question);
  // It was killed meanwhile.
  if (ioctl(questions, SECCOMP_IOCTL_NOTIF_RECV, &question) != 0) return;
  struct seccomp_notif_resp answer = {.id = question.id};
  if (has_room((pid_t)question.pid))
    answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  else
    answer.error = -EAGAIN;
  ioctl(questions, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

void spawner_answer_threads(int watch) {
  struct epoll_event events[16];
  int count = epoll_wait(watch, events, LENGTH(events), 0);
  for (int index = 0; index < count; index++) {
    int questions = events[index].data.fd;
    if (events[index].events & EPOLLIN)
      answer(questions);
    else  // Nobody is left to ask.
      epoll_ctl(watch, EPOLL_CTL_DEL, questions, NULL);
  }
}
