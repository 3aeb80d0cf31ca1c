// SPDX-License-Identifier: MIT-0
//
// child.h - work in a process of its own, whose memory is measured, and files that must not outlive the program. After
// w2v.h and bench.h, in one file of a program.

#ifndef CHILD_H
#define CHILD_H

#include <signal.h>
#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>
#else
#define unlink remove
#endif

enum { SCRATCH_FILES = 8 };
static char scratch_path[SCRATCH_FILES][512];  // "": none
static size_t scratch_files;
static volatile sig_atomic_t child_process;  // 0: none

// (A signal handler may call unlink, but not remove.)
static void remove_files(void)
{
    for (size_t i = 0; i < scratch_files; i++) unlink(scratch_path[i]);
}

static void end_by_signal(int number)
{
#if !defined(_WIN32)
    if (child_process) kill((pid_t)child_process, SIGKILL);
#endif
    remove_files();
    signal(number, SIG_DFL);
    raise(number);
}

// PROGRAM.PROCESS.NAME, which is removed when the program ends.
static const char *scratch_file(const char *program, const char *name)
{
    static const int signals[] = {
        SIGINT,
        SIGTERM,
#if !defined(_WIN32)
        SIGHUP,
        SIGPIPE,
#endif
    };
    long id = 0;
#if !defined(_WIN32)
    id = (long)getpid();
#endif
    if (scratch_files == SCRATCH_FILES) bench_die(1, "bench", "too many files");
    if (!scratch_files) {
        atexit(remove_files);
        for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
            if (signal(signals[i], SIG_IGN) != SIG_IGN) signal(signals[i], end_by_signal);
    }
    snprintf(scratch_path[scratch_files], sizeof *scratch_path, "%s.%ld.%s", program, id, name);
    return scratch_path[scratch_files++];
}

// The most memory that this process has had, in bytes; NaN where the system does not tell.
static double peak_memory(void)
{
    char line[256];
    double kib = (double)NAN;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "VmHWM:", 6)) kib = strtod(line + 6, NULL);
    if (f) fclose(f);
    return 1024.0 * kib;
}

// Calls fn(p) in a child and brings back what it has made of the `bytes` at p.
static void in_child(void (*fn)(void *p), void *p, size_t bytes)
{
#if defined(_WIN32)
    (void)bytes;
    fn(p);
#else
    int end[2], status = 0;
    fflush(stdout);
    if (pipe(end)) bench_die(1, "bench", "no pipe: %s", strerror(errno));
    const pid_t child = fork();
    if (child < 0) bench_die(1, "bench", "no new process: %s", strerror(errno));
    if (!child) {
        child_process = 0;
        fn(p);
        _exit(write(end[1], p, bytes) == (ssize_t)bytes ? 0 : 1);
    }
    child_process = (sig_atomic_t)child;
    close(end[1]);
    const ssize_t got = read(end[0], p, bytes);
    close(end[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    child_process = 0;
    if (WIFSIGNALED(status)) bench_die(1, "bench", "killed by signal %d", WTERMSIG(status));
    if (got != (ssize_t)bytes || status) exit(1);  // the child has said why
#endif
}

#endif  // CHILD_H
