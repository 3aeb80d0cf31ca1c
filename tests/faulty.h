// SPDX-License-Identifier: MIT-0
//
// faulty.h - calls of the C library that fail, stop short or end the process when `faulty` says so: files,
// threads. A program that includes this first has them instead of the library's; tests/faulty.c preloads them
// into any program. Files of stdio are streams over our own reads and writes, so that buffers and errors are
// those of the library.

#ifndef FAULTY_H
#define FAULTY_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // fopencookie
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__) && defined(__GLIBC__) && !defined(__cplusplus)
#define FAULTY 1
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FAULTY_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define FAULTY_SANITIZED
#endif
#endif
#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef enum faulty_call {
    FAULTY_NOTHING,
    FAULTY_OPEN,    // of a stream
    FAULTY_CREATE,  // of a file that must be new
    FAULTY_READ,    // `at` counts bytes
    FAULTY_WRITE,   // likewise
    FAULTY_CLOSE,   // of a stream
    FAULTY_SYNC,
    FAULTY_RENAME,
    FAULTY_OWNER,  // chown, chmod
    FAULTY_MAP,
    FAULTY_THREAD,
    FAULTY_CALLS
} faulty_call;

static const char *const faulty_name[] = {"nothing", "open",   "create", "read", "write", "close",
                                          "sync",    "rename", "owner",  "map",  "thread"};

typedef struct faulty_plan {
    faulty_call call;
    long at;             // which call fails, from 0; -1: all
    int again;           // with `at`: the later ones fail as well
    int error;           // errno; 0: the process is killed
    void (*hook)(void);  // is called, and then the call fails if there is an error
    size_t piece;        // reads and writes move at most so many bytes; 0: as many as they may
    size_t stack;        // of threads, in bytes; 0: as the program says
    char path[256];      // only files with this in their names
} faulty_plan;

static faulty_plan faulty;
static long faulty_seen;       // calls, or bytes, of that kind
static long faulty_injected;   // faults
static long faulty_open;       // streams that are open
static char faulty_log[4096];  // a letter for each call: Open, Create, Write, close (X), Sync, Rename
static size_t faulty_logged;
static int faulty_log_file = -1;  // if not -1, a line for each call goes there as well

static void faulty_begin(const faulty_plan *plan)
{
    faulty = *plan;
    faulty_seen = faulty_injected = 0;
    faulty_logged = 0;
    memset(faulty_log, 0, sizeof faulty_log);
}

static inline void faulty_end(void)
{
    faulty_plan none;
    memset(&none, 0, sizeof none);
    const long injected = faulty_injected;
    faulty_begin(&none);
    faulty_injected = injected;
}

static void faulty_note(char letter, faulty_call call, const char *path)
{
    char line[600];
    if (letter) {  // (several threads open files)
        const size_t at = __atomic_fetch_add(&faulty_logged, 1, __ATOMIC_RELAXED);
        if (at + 1 < sizeof faulty_log) faulty_log[at] = letter;
    }
    if (faulty_log_file < 0) return;
    const int n = snprintf(line, sizeof line, "%s %.500s\n", faulty_name[call], path);
    if (syscall(SYS_write, faulty_log_file, line, (size_t)n) < 0) abort();
}

// What a fault does: 1, with errno, if the call is to fail.
static int faulty_strike(void)
{
    __atomic_fetch_add(&faulty_injected, 1, __ATOMIC_RELAXED);
    faulty_note(0, FAULTY_NOTHING, "failed");
    const int error = faulty.error;
    if (faulty.hook)
        faulty.hook();
    else if (!error)
        raise(SIGKILL);
    errno = error;
    return error != 0;
}

static int faulty_is_watched(faulty_call call, const char *path)
{
    return faulty.call == call && (!*faulty.path || strstr(path, faulty.path));
}

// Whether this call is to fail.
static int faulty_fails(faulty_call call, const char *path)
{
    if (!faulty_is_watched(call, path)) return 0;
    const long n = __atomic_fetch_add(&faulty_seen, 1, __ATOMIC_RELAXED);
    return (faulty.at < 0 || n == faulty.at || (faulty.again && n > faulty.at)) && faulty_strike();
}

// Whether bytes can be moved, and how many of n: up to the one where the fault is.
static int faulty_moves(faulty_call call, const char *path, size_t *n)
{
    if (faulty.piece && *n > faulty.piece) *n = faulty.piece;
    if (!faulty_is_watched(call, path) || !*n) return 1;
    const long seen = __atomic_load_n(&faulty_seen, __ATOMIC_RELAXED);
    if (seen == faulty.at || (faulty.again && seen > faulty.at)) {
        if (!faulty.again) __atomic_fetch_add(&faulty_seen, 1, __ATOMIC_RELAXED);  // once
        if (faulty_strike()) return 0;
    } else if (seen < faulty.at && (long)*n > faulty.at - seen) {
        *n = (size_t)(faulty.at - seen);
    }
    return 1;
}

typedef struct faulty_stream {
    int file;
    char path[512];
} faulty_stream;

static ssize_t faulty_read(void *cookie, char *bytes, size_t n)
{
    const faulty_stream *s = (const faulty_stream *)cookie;
    if (!faulty_moves(FAULTY_READ, s->path, &n)) return -1;
    const ssize_t got = syscall(SYS_read, s->file, bytes, n);
    if (got > 0 && faulty_is_watched(FAULTY_READ, s->path))
        __atomic_fetch_add(&faulty_seen, got, __ATOMIC_RELAXED);
    return got;
}

// The kernel may write less than it is given; the library's own loop goes on, and so does this one.
static ssize_t faulty_write(void *cookie, const char *bytes, size_t n)
{
    const faulty_stream *s = (const faulty_stream *)cookie;
    size_t done = 0;
    while (done < n) {
        size_t take = n - done;
        if (!faulty_moves(FAULTY_WRITE, s->path, &take)) break;
        const ssize_t got = syscall(SYS_write, s->file, bytes + done, take);
        if (got <= 0) break;
        faulty_note('W', FAULTY_WRITE, s->path);
        if (faulty_is_watched(FAULTY_WRITE, s->path)) __atomic_fetch_add(&faulty_seen, got, __ATOMIC_RELAXED);
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static int faulty_seek(void *cookie, off64_t *at, int whence)
{
    const off64_t to = lseek(((faulty_stream *)cookie)->file, (off_t)*at, whence);
    if (to >= 0) *at = to;
    return to < 0 ? -1 : 0;
}

static int faulty_close(void *cookie)
{
    faulty_stream *s = (faulty_stream *)cookie;
    faulty_note('X', FAULTY_CLOSE, s->path);
    const int fails = faulty_fails(FAULTY_CLOSE, s->path);
    const int why = errno;
    syscall(SYS_close, s->file);
    __atomic_fetch_add(&faulty_open, -1, __ATOMIC_RELAXED);
    free(s);
    errno = why;
    return fails ? -1 : 0;
}

FILE *fopen(const char *path, const char *mode)
{
    const cookie_io_functions_t functions = {faulty_read, faulty_write, faulty_seek, faulty_close};
    const int flags = *mode == 'r' ? O_RDONLY : O_WRONLY | O_CREAT | (*mode == 'a' ? O_APPEND : O_TRUNC);
    faulty_note('O', FAULTY_OPEN, path);
    if (faulty_fails(FAULTY_OPEN, path)) return NULL;
    const int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0666);
    if (file < 0) return NULL;
    faulty_stream *s = (faulty_stream *)malloc(sizeof *s);
    if (!s) abort();
    s->file = file;
    snprintf(s->path, sizeof s->path, "%s", path);
    __atomic_fetch_add(&faulty_open, 1, __ATOMIC_RELAXED);
    return fopencookie(s, mode, functions);
}

int open(const char *path, int flags, ...)
{
    int mode = 0;
    va_list args;
    va_start(args, flags);
    if (flags & O_CREAT) mode = va_arg(args, int);
    va_end(args);
    if (flags & O_EXCL) {
        faulty_note('C', FAULTY_CREATE, path);
        if (faulty_fails(FAULTY_CREATE, path)) return -1;
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

// Only noted: to wait for a disk is slow.
int fsync(int file)
{
    char name[32], path[512];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    const ssize_t n = readlink(name, path, sizeof path - 1);
    path[n < 0 ? 0 : n] = 0;
    faulty_note('S', FAULTY_SYNC, path);
    return faulty_fails(FAULTY_SYNC, path) ? -1 : 0;
}

int rename(const char *from, const char *to)
{
    faulty_note('R', FAULTY_RENAME, from);
    if (faulty_fails(FAULTY_RENAME, to)) return -1;
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int chown(const char *path, uid_t owner, gid_t group)
{
    return faulty_fails(FAULTY_OWNER, path) ? -1
                                            : (int)syscall(SYS_fchownat, AT_FDCWD, path, owner, group, 0);
}

int chmod(const char *path, mode_t mode)
{
    return faulty_fails(FAULTY_OWNER, path) ? -1 : (int)syscall(SYS_fchmodat, AT_FDCWD, path, mode);
}

#ifndef FAULTY_SANITIZED  // sanitizers have their own
// The function of the C library.
static void faulty_next(const char *name, void *function)
{
    void *const found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found);
}

void *mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    typedef void *(*map_fn)(void *, size_t, int, int, int, off_t);
    static map_fn map;
    if (file >= 0 && faulty_fails(FAULTY_MAP, "")) return MAP_FAILED;
    if (!map) faulty_next("mmap", &map);
    return map(at, bytes, protection, flags, file, offset);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *given, void *(*run)(void *), void *user)
{
    typedef int (*create_fn)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    static create_fn create;
    pthread_attr_t attr;
    if (faulty_fails(FAULTY_THREAD, "")) return errno;
    if (!create) faulty_next("pthread_create", &create);
    if (!faulty.stack) return create(thread, given, run, user);
    const long least = sysconf(_SC_THREAD_STACK_MIN);  // 128 KiB on AArch64
    const size_t stack = least > 0 && (size_t)least > faulty.stack ? (size_t)least : faulty.stack;
    if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, stack)) abort();
    const int status = create(thread, &attr, run, user);
    pthread_attr_destroy(&attr);
    return status;
}
#endif
#endif

#endif
