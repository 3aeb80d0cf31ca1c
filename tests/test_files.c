// SPDX-License-Identifier: MIT-0
//
// test_files.c - output files: complete or not there, nobody else's file
// touched; and how messages show odd bytes

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

static char folder[256];  // of this test

// FOLDER/NAME, in one of four buffers that take turns.
static const char *in_folder(const char *name)
{
    static char paths[4][600];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    CHECK(f && fputs(text, f) >= 0 && !fclose(f));
}

// A file as a string, at most 99 bytes; "(none)" if it is not there.
static const char *read_text(const char *path)
{
    static char text[2][100];
    static int turn;
    char *t = text[turn++ % 2];
    FILE *f = fopen(path, "rb");
    if (!f) return "(none)";
    t[fread(t, 1, 99, f)] = 0;
    fclose(f);
    return t;
}

#ifndef _WIN32
static size_t entries(void)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    while (d && readdir(d)) n++;
    if (d) closedir(d);
    return n - 2;  // . and ..
}
#endif

// Two writers of one name at the same time: each has a file of its own,
// and the name leads to a whole one at any time.
static void test_two_writers(void)
{
    w2v_file *a = NULL, *b = NULL;
    const char *path = in_folder("shared");
    CHECK(w2v_file_create(&a, path, NULL) == W2V_OK && w2v_file_create(&b, path, NULL) == W2V_OK);
#ifndef _WIN32
    CHECK_EQUAL(entries(), 2);
#endif
    CHECK(!w2v_file_write("of a, the longer one", 20, a) && !w2v_file_write("of b", 4, b));
    CHECK_STATUS(w2v_check_writable(path, NULL), W2V_OK);
    CHECK_STATUS(w2v_file_commit(a, NULL), W2V_OK);
    CHECK_STRING(read_text(path), "of a, the longer one");
    CHECK_STATUS(w2v_file_commit(b, NULL), W2V_OK);
    CHECK_STRING(read_text(path), "of b");
    remove(path);
}

// What was there stays if a file is discarded, and nothing new is left.
static void test_discard(void)
{
    w2v_file *f;
    const char *old = in_folder("old"), *fresh = in_folder("fresh");
    write_text(old, "old");
    CHECK(w2v_file_create(&f, old, NULL) == W2V_OK && !w2v_file_write("half", 4, f));
    w2v_file_discard(f);
    CHECK_STRING(read_text(old), "old");
    CHECK_STATUS(w2v_file_create(&f, fresh, NULL), W2V_OK);
    w2v_file_discard(f);
    CHECK_STRING(read_text(fresh), "(none)");
    w2v_file_discard(NULL);
    CHECK(w2v_file_create(&f, old, NULL) == W2V_OK && !w2v_file_write(NULL, 0, f));
    CHECK_STATUS(w2v_file_commit(f, NULL), W2V_OK);  // nothing was written: an empty file
    CHECK_STRING(read_text(old), "");
    remove(old);
}

// The path may change after w2v_file_create.
static void test_path_is_copied(void)
{
    char path[600];
    w2v_file *f;
    snprintf(path, sizeof path, "%s", in_folder("copied"));
    CHECK(w2v_file_create(&f, path, NULL) == W2V_OK && !w2v_file_write("text", 4, f));
    memset(path, '?', sizeof path - 1);
    CHECK_STATUS(w2v_file_commit(f, NULL), W2V_OK);
    CHECK_STRING(read_text(in_folder("copied")), "text");
    remove(in_folder("copied"));
}

static void test_buffer(void)
{
    w2v_buffer b = {NULL, 0, 0};
    char expected[3 * 1000 + 1] = "";
    CHECK(!w2v_buffer_write(NULL, 0, &b) && b.size == 0);
    for (int i = 0; i < 1000; i++) {
        char text[8];
        snprintf(text, sizeof text, "%03d", i);
        memcpy(expected + 3 * i, text, 4);
        CHECK(!w2v_buffer_write(text, 3, &b));
    }
    CHECK(b.size == 3000 && b.capacity >= 3000 && !memcmp(b.data, expected, 3000));
    CHECK(w2v_buffer_write("x", SIZE_MAX - 10, &b) && b.size == 3000);  // no memory has so much
    w2v_buffer_free(&b);
    CHECK(!b.data && !b.size && !b.capacity);
    w2v_buffer_free(&b);
    w2v_buffer_free(NULL);
}

#ifdef _WIN32
static void test_others(void) { tests_skipped++; }  // permissions, links and users
static void make_folder(void) { CreateDirectoryA(folder, NULL); }
static void remove_folder(void) { RemoveDirectoryA(folder); }
#else
static void make_folder(void) { CHECK(!mkdir(folder, 0755)); }

static void remove_folder(void) { rmdir(folder); }

// What all tests before have left.
static void test_nothing_left(void)
{
    if (!CHECK_EQUAL(entries(), 0)) printf("    see %s\n", folder);
}

static w2v_status write_output(const char *path, const char *text, w2v_error *err)
{
    w2v_file *f;
    const w2v_status status = w2v_file_create(&f, path, err);
    if (status != W2V_OK) return status;
    w2v_file_write(text, strlen(text), f);  // a failure shows at the end
    return w2v_file_commit(f, err);
}

static unsigned mode_of(const char *path)
{
    struct stat info;
    return stat(path, &info) ? 0 : (unsigned)info.st_mode & 07777;
}

// A check before training makes nothing that stays and takes nothing away, whatever stands beside the file.
static void test_check_writable(void)
{
    w2v_error err = {""};
    const char *mine = in_folder("out.vec.part"), *path = in_folder("out.vec");
    write_text(mine, "mine");
    CHECK(w2v_check_writable(path, &err) == W2V_OK && entries() == 1);
    CHECK(write_output(path, "vectors", &err) == W2V_OK && entries() == 2);
    CHECK(w2v_check_writable(path, &err) == W2V_OK && entries() == 2);
    CHECK_STRING(read_text(mine), "mine");
    CHECK_STRING(read_text(path), "vectors");
    CHECK_STATUS(w2v_check_writable(in_folder("no/such"), &err), W2V_ERROR_IO);
    CHECK(strstr(err.message, "No such file or directory") != NULL);
    CHECK(w2v_check_writable(folder, &err) == W2V_ERROR_IO && strstr(err.message, "Is a directory"));
    CHECK_STATUS(w2v_check_writable("", &err), W2V_ERROR_IO);
    CHECK_STRING(err.message, "cannot write to a file without a name");
    CHECK(w2v_check_writable("/dev/null", &err) == W2V_OK && write_output("/dev/null", "x", &err) == W2V_OK);
    const char *pipe = in_folder("pipe");
    CHECK(!mkfifo(pipe, 0600) && w2v_check_writable(pipe, &err) == W2V_OK);  // opening it would wait for a reader
    remove(pipe);
    remove(mine);
    remove(path);
}

// The file in the folder that is being written, NAME.RANDOM.part.
static const char *part_file(void)
{
    static char path[600];
    DIR *d = opendir(folder);
    *path = 0;
    for (struct dirent *e; d && (e = readdir(d)) != NULL;)
        if (strstr(e->d_name, ".part")) snprintf(path, sizeof path, "%s/%.255s", folder, e->d_name);
    if (d) closedir(d);
    return path;
}

// Permissions stay, and new files get the usual ones.
static void test_modes(void)
{
    static const mode_t modes[] = {0600, 0640, 0666, 0755};
    const char *path = in_folder("file");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        write_text(path, "old");
        CHECK(!chmod(path, modes[i]));
        CHECK_STATUS(write_output(path, "new", NULL), W2V_OK);
        CHECK_STRING(read_text(path), "new");
        if (!CHECK_EQUAL(mode_of(path), modes[i]))
            printf("    mode %o instead of %o\n", mode_of(path), (unsigned)modes[i]);
        w2v_file *f;
        CHECK(w2v_file_create(&f, path, NULL) == W2V_OK &&
              mode_of(part_file()) == 0600);  // no secret shows meanwhile
        w2v_file_discard(f);
        remove(path);
    }
    const mode_t before = umask(027);
    CHECK(write_output(path, "new", NULL) == W2V_OK && mode_of(path) == 0640);
    umask(before);
    remove(path);
}

// A symbolic link stays one; what it leads to is written.
static void test_links(void)
{
    struct stat info;
    const char *link = in_folder("link"), *target = in_folder("target");
    CHECK(!symlink("target", link));
    CHECK_STATUS(write_output(link, "first", NULL), W2V_OK);  // to nothing yet
    CHECK_STRING(read_text(target), "first");
    CHECK_STATUS(write_output(link, "second", NULL), W2V_OK);
    CHECK_STRING(read_text(target), "second");
    CHECK(!lstat(link, &info) && S_ISLNK(info.st_mode) && entries() == 2);
    remove(link);
    remove(target);
}

// As many links after each other as Linux follows.
static void test_chain_of_links(void)
{
    enum { LINKS = 40 };
    char name[LINKS + 1][sizeof "40"];
    struct stat info;
    for (int i = 0; i <= LINKS; i++) snprintf(name[i], sizeof name[i], "%d", i);
    for (int i = 0; i < LINKS; i++) CHECK(!symlink(name[i], in_folder(name[i + 1])));  // 40 leads to 39, ...
    CHECK_STATUS(write_output(in_folder(name[LINKS]), "text", NULL), W2V_OK);
    CHECK_STRING(read_text(in_folder(name[0])), "text");
    for (int i = 1; i <= LINKS; i++) CHECK(!lstat(in_folder(name[i]), &info) && S_ISLNK(info.st_mode));
    for (int i = 0; i <= LINKS; i++) remove(in_folder(name[i]));
}

// Names as long as the file system takes them.
static void test_long_names(void)
{
    char name[257];
    memset(name, 'n', sizeof name);
    name[255] = 0;
    CHECK(w2v_check_writable(in_folder(name), NULL) == W2V_OK &&
          write_output(in_folder(name), "long", NULL) == W2V_OK);
    CHECK_STRING(read_text(in_folder(name)), "long");
    remove(in_folder(name));
    name[255] = 'n';
    name[256] = 0;
    w2v_error err = {""};
    CHECK(w2v_check_writable(in_folder(name), &err) == W2V_ERROR_IO &&
          strstr(err.message, "File name too long"));
    CHECK_STATUS(write_output(in_folder(name), "long", &err), W2V_ERROR_IO);
}

// If a complete file cannot get its name in any way, it is kept, and the message names it.
static void test_kept(void)
{
    w2v_file *f;
    w2v_error err = {""};
    char expected[700], temporary[600];
    const char *path = in_folder("taken");
    CHECK(w2v_file_create(&f, path, NULL) == W2V_OK && !w2v_file_write("hours of work", 13, f));
    snprintf(temporary, sizeof temporary, "%s", part_file());
    CHECK(!mkdir(path, 0755));  // in the meantime
    CHECK_STATUS(w2v_file_commit(f, &err), W2V_ERROR_IO);
    snprintf(expected, sizeof expected,
             "cannot write '%s': Is a directory (the complete file is kept as '%s')", path, temporary);
    CHECK_STRING(err.message, expected);
    CHECK_STRING(read_text(temporary), "hours of work");
    remove(temporary);
    rmdir(path);
}

// A disk that fills up: the old file stays whole.
static void test_full_disk(void)
{
    static char much[70000];
    const char *path = in_folder("file");
    w2v_error err = {""};
    memset(much, 'x', sizeof much - 1);
    write_text(path, "old");
    fflush(stdout);
    const pid_t child = fork();
    if (!child) {
        const struct rlimit limit = {32768, 32768};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        const w2v_status status = write_output(path, much, &err);
        _exit(status == W2V_ERROR_IO && strstr(err.message, "File too large") ? 0 : 1);
    }
    int ended = -1;
    CHECK(child > 0 && waitpid(child, &ended, 0) == child && WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
    CHECK_STRING(read_text(path), "old");
    CHECK_EQUAL(entries(), 1);
    remove(path);
}

// As a user without privileges: runs f, which returns 0 or the number of the step that failed.
static void check_as_nobody(const char *what, int (*f)(void))
{
    if (geteuid()) {
        tests_skipped++;
        return;
    }
    fflush(stdout);
    const pid_t child = fork();
    if (!child) _exit(setgid(65534) || setuid(65534) ? 99 : f());
    int ended = -1;
    CHECK(child > 0 && waitpid(child, &ended, 0) == child && WIFEXITED(ended));
    if (!CHECK_EQUAL(WEXITSTATUS(ended), 0)) printf("    %s: step %d\n", what, WEXITSTATUS(ended));
}

static int refuse_read_only(void)
{
    w2v_error err = {""};
    if (w2v_check_writable(in_folder("read_only"), &err) != W2V_ERROR_IO ||
        !strstr(err.message, "Permission denied"))
        return 1;
    if (write_output(in_folder("read_only"), "new", &err) != W2V_ERROR_IO) return 2;
    return strcmp(read_text(in_folder("read_only")), "precious") ? 3 : 0;
}

static int write_in_place(void)
{
    w2v_error err = {""};
    w2v_file *f;
    if (w2v_file_create(&f, in_folder("writable"), &err) != W2V_OK) return 5;
    w2v_file_discard(f);  // before anything was written
    if (strcmp(read_text(in_folder("writable")), "the old and longer text")) return 6;
    if (w2v_check_writable(in_folder("writable"), &err) != W2V_OK) return 1;
    if (write_output(in_folder("writable"), "new", &err) != W2V_OK) return 2;
    if (w2v_check_writable(in_folder("another"), &err) != W2V_ERROR_IO) return 3;
    return write_output(in_folder("another"), "new", &err) == W2V_ERROR_IO &&
                   strstr(err.message, "Permission denied")
               ? 0
               : 4;
}

// A model that is mapped from a writable file in a closed folder cannot be saved over it.
static int refuse_to_destroy(void)
{
    const char *path = in_folder("mapped");
    w2v_model *m = NULL;
    w2v_error err = {""};
    if (w2v_model_load(&m, path, NULL, NULL, NULL) != W2V_OK) return 1;
    if (w2v_model_save(m, path, W2V_FORMAT_TEXT, &err) != W2V_ERROR_IO ||
        !strstr(err.message, "the model is mapped from it"))
        return 2;
    return m->input[1] == 2.0f && entries() == 1 ? 0 : 3;
}

static void test_mapped(void)
{
    static const float rows[] = {1.0f, 2.0f};
    const char *word = "a", *path = in_folder("mapped");
    w2v_model *m = NULL;
    CHECK_STATUS(w2v_model_new(&m, &word, NULL, 1, 2, rows, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_NATIVE, NULL), W2V_OK);
    CHECK(!chmod(path, 0666) && !chmod(folder, 0755));
    check_as_nobody("over the file that is mapped", refuse_to_destroy);
    w2v_model_free(m);
    remove(path);
}

// Another user's read-only file in a folder where everybody may replace it; another user's writable file in a
// folder that is closed, and in one that is sticky, where renaming fails at the end.
static void test_permissions(void)
{
    const char *path = in_folder("read_only");
    write_text(path, "precious");
    CHECK(!chmod(path, 0444) && !chmod(folder, 0777));
    check_as_nobody("a read-only file", refuse_read_only);
    remove(path);
    for (int sticky = 0; sticky < 2; sticky++) {
        path = in_folder("writable");
        write_text(path, "the old and longer text");
        CHECK(!chmod(path, 0666) && !chmod(folder, sticky ? 01777 : 0755));
        if (!sticky) check_as_nobody("a folder that is closed", write_in_place);
        if (sticky) CHECK_STATUS(write_output(path, "new", NULL), W2V_OK);
        struct stat info;
        if (!geteuid()) {
            CHECK_STRING(read_text(path), "new");
            CHECK(!stat(path, &info) && info.st_uid == 0 && mode_of(path) == 0666 && entries() == 1);
        }
        remove(path);
    }
    CHECK(!chmod(folder, 0755));
}

// A file that is replaced keeps its owner and its group.
static void test_owner(void)
{
    const char *path = in_folder("owned");
    struct stat info;
    if (geteuid()) {
        tests_skipped++;
        return;
    }
    write_text(path, "old");
    CHECK(!chown(path, 1, 2));
    CHECK_STATUS(write_output(path, "new", NULL), W2V_OK);
    CHECK(!stat(path, &info) && info.st_uid == 1 && info.st_gid == 2);
    remove(path);
}

static int replace_in_sticky(void)
{
    return write_output(in_folder("other"), "new", NULL) == W2V_OK && entries() == 1 ? 0 : 1;
}

static void test_sticky(void)
{
    const char *path = in_folder("other");
    struct stat info;
    write_text(path, "the old and longer text");
    CHECK(!chmod(path, 0666) && !chmod(folder, 01777));
    check_as_nobody("another's file in a sticky folder", replace_in_sticky);
    if (!geteuid()) {
        CHECK_STRING(read_text(path), "new");
        CHECK(!stat(path, &info) && info.st_uid == 0);
    }
    CHECK(!chmod(folder, 0755));
    remove(path);
}
#endif

// How a message shows a word that a model lacks.
static const char *shown(const char *word)
{
    static const char *const words[] = {"a"};
    static const float in[] = {1.0f};
    static w2v_error err;
    float cosine;
    w2v_model *m = NULL;
    CHECK_STATUS(w2v_model_new(&m, words, NULL, 1, 1, in, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_similarity(m, word, "a", &cosine, &err), W2V_ERROR_UNKNOWN_WORD);
    w2v_model_free(m);
    return err.message;
}

static void check_visible(const char *text, const char *expected)
{
    char message[200];
    snprintf(message, sizeof message, "%s is not in the vocabulary", expected);
    CHECK_STRING(shown(text), message);
}

// Bytes that a terminal does not show, or that would change it, are written out.
static void test_visible(void)
{
    check_visible("plain ASCII ~", "'plain ASCII ~'");
    check_visible("caf\xC3\xA9 \xE4\xB8\xAD \xF0\x9F\x91\x91", "'caf\xC3\xA9 \xE4\xB8\xAD \xF0\x9F\x91\x91'");
    check_visible("a\nb\r\tc\x7f", "'a\\x0ab\\x0d\\x09c\\x7f'");
    check_visible("\x1b[2J", "'\\x1b[2J'");
    check_visible("\xEF\xBB\xBFking", "'\\xef\\xbb\\xbfking'");  // a byte order mark
    check_visible("a\xC2\xA0"
                  "b\xE2\x80\x8B",
                  "'a\\xc2\\xa0b\\xe2\\x80\\x8b'");                      // no-break space, zero-width space
    check_visible(
        "a\xD8\x9C\xE3\x85\xA4\xF3\xA0\x80\x81",
        "'a\\xd8\\x9c\\xe3\\x85\\xa4\\xf3\\xa0\\x80\\x81'");  // a mark of direction, a filler, a tag
    check_visible("\xFF\xC3 \xC0\x80", "'\\xff\\xc3 \\xc0\\x80'");       // not UTF-8
    check_visible("\xED\xA0\x80\xF4\x90\x80\x80", "'\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80'");  // a surrogate, beyond Unicode
    char longest[600];
    memset(longest, 1, sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    CHECK_EQUAL(strlen(shown(longest)), 509);  // cut between two, not in one
    CHECK_STRING(shown(longest) + 505, "\\x01");
}

// What is said of a text that is a file of another kind; NULL if it is none.
static const char *foreign(const char *bytes, size_t n)
{
    static w2v_error err;
    w2v_vocab *vocab = NULL;
    w2v_config cfg = w2v_config_default();
    const w2v_source source = w2v_source_text(bytes, n);
    cfg.min_count = 1;
    const w2v_status status = w2v_vocab_build(&vocab, &source, 1, &cfg, &err);
    w2v_vocab_free(vocab);
    return status == W2V_ERROR_FORMAT && !strstr(err.message, "NUL byte") ? err.message : NULL;
}

// Files that are neither text nor vectors are known by their first bytes.
static void test_foreign(void)
{
    // the header of an archive with the sum of its bytes: 1006 for the name, 559 for ustar, 256 for blanks
    char tar[512] = "a_file.txt";
    memcpy(tar + 257, "ustar", 5);
    memcpy(tar + 148, "0003435", 8);
    const struct {
        const char *bytes;
        size_t n;
        const char *what;
    } files[] = {{"\x1f\x8b\x08\0", 4, "gzip"},
                 {"PK\3\4rest", 8, "zip"},
                 {"\xfd" "7zXZ\0", 6, "xz"},
                 {"BZh91AY&SY", 10, "bzip2"},
                 {"\x28\xb5\x2f\xfd", 4, "zstd"},
                 {tar, sizeof tar, "tar"},
                 {"\xba\x16\x4f\x2f\x0c\0\0\0", 8, "fastText"},
                 {"\x93NUMPY\1\0", 8, "NumPy"},
                 {"\x80\4\x95\x77", 4, "pickle"},
                 {"SQLite format 3", 16, "SQLite"},
                 {"GGUF\3\0\0\0", 8, "GGUF"},
                 {"PAR1\x15\4", 6, "Parquet"},
                 {"\x89HDF\r\n\x1a\n", 8, "HDF5"},
                 {"%PDF-1.7", 8, "PDF"},
                 {"version https://git-lfs.github.com/spec/v1", 42, "Git LFS"},
                 {"\xff\xfe" "2\0 \0", 6, "UTF-16"},
                 {"\xfe\xff\0002", 4, "UTF-16"},
                 {"2\0 \0", 4, "UTF-16LE"},
                 {"\0002\0 ", 4, "UTF-16BE"},
                 {"\xff\xfe\0\0", 4, "UTF-32"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *what = foreign(files[i].bytes, files[i].n);
        if (!CHECK(what && strstr(what, files[i].what)))
            printf("    %s: %s\n", files[i].what, what ? what : "not known");
        what = foreign(files[i].bytes, 1);
        CHECK(!what);
    }
    char mustard[600];
    memset(mustard, 'x', sizeof mustard);
    memcpy(mustard + 255, " mustard ", 9);  // `ustar` where a tar archive has it
    CHECK(!foreign(mustard, sizeof mustard));
    CHECK(!foreign("1 1\n1AY&SY 0.5\n", 15));  // the middle of bzip2's signature
    const char *const good[] = {"PAR1 0.1 0.2\n",
                                "GGUF 0.1 0.2\n",
                                "SQLite format 3 is",
                                "2 2\nking 1 2\n",
                                "PK 1 2\n",
                                "the king",
                                "",
                                "\xEF\xBB\xBFking",
                                "%PDF 1 2",
                                "version 2 of it",
                                "7z 1 2"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(!foreign(good[i], strlen(good[i])));
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {
        TEST(two_writers), TEST(discard), TEST(path_is_copied), TEST(buffer), TEST(visible), TEST(foreign),
#ifdef _WIN32
        TEST(others)
#else
                                       TEST(check_writable), TEST(modes),       TEST(links), TEST(chain_of_links),
                                       TEST(long_names),     TEST(kept),        TEST(full_disk),
                                       TEST(permissions),    TEST(mapped),      TEST(sticky),
                                       TEST(owner),          TEST(nothing_left)
#endif
    };
    snprintf(folder, sizeof folder, "%s.tmp", argv[0]);
    make_folder();
    const int failed = test_main("files", tests, TEST_COUNT(tests), argc, argv);
    remove_folder();
    return failed;
}
