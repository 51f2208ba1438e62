// Functions of glibc 2.34 and later that its headers show only under _GNU_SOURCE, which Swift's
// Glibc module does not define. `actions` is a `posix_spawn_file_actions_t *`: including spawn.h
// here would move the types of signal.h into this module.
int pipe2(int ends[2], int flags);
int memfd_create(const char *name, unsigned int flags);
int posix_spawn_file_actions_addchdir_np(void *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(void *actions, int from);
