// Functions of glibc 2.34 and later that its headers show only under _GNU_SOURCE, which Swift's
// Glibc module does not define. `actions` is a `posix_spawn_file_actions_t *`: including spawn.h
// here would move the types of signal.h into this module.
int pipe2(int ends[2], int flags);
int memfd_create(const char *name, unsigned int flags);
int posix_spawn_file_actions_addchdir_np(void *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(void *actions, int from);

// Standard output by line, also into a pipe. Swift may not name `stdout`, which is a variable to it;
// the types of stdio.h stay out of this module in the same way.
struct _IO_FILE;
static inline void cspawn_buffer_output_by_line(void) {
    extern struct _IO_FILE *stdout;
    extern int setvbuf(struct _IO_FILE *stream, char *buffer, int mode, unsigned long size);
    setvbuf(stdout, 0, 1 /* _IOLBF */, 0);
}
