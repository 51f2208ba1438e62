#include <libssh2.h>
#include <libssh2_sftp.h>
/* malloc_usable_size: what a session holds is counted. */
#include <malloc.h>

typedef LIBSSH2_SEND_FUNC((*ssh2_send_function));
typedef LIBSSH2_RECV_FUNC((*ssh2_receive_function));

/* libssh2 takes its callbacks as `void *`, which Swift makes of no function. */
static inline void ssh2_set_transport(
    LIBSSH2_SESSION *session, ssh2_send_function send, ssh2_receive_function receive)
{
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)send);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)receive);
}
