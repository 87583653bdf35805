/* Asking the server that runs. */
#include "core/command/ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/pack.h"
#include "core/io/control.h"
#include "core/io/packet.h"

static char octets[PACKET_MOST];

static int
cannot(const char *run_dir, const char *why)
{
	fprintf(stderr, "verbena: cannot ask the server at %s/control: %s\n",
	    run_dir, why);
	return EXIT_FAILURE;
}

/* Prints until the end; the exit code. */
static int
print_answer(int fd, const char *run_dir)
{
	int fds[PACKET_FDS];
	ssize_t n;

	while ((n = packet_receive(fd, octets, fds)) > 0) {
		if (octets[0] == ANSWER_END && n == 2)
			return octets[1];
		if (octets[0] == ANSWER_OUT) {
			fwrite(octets + 1, 1, (size_t)n - 1, stdout);
			fflush(stdout);
		}
		if (octets[0] == ANSWER_ERROR)
			fprintf(
			    stderr, "verbena: %.*s", (int)n - 1, octets + 1);
	}
	return cannot(run_dir,
	    n < 0 ? strerror(errno)
		  : "it ended before it answered; its log may tell why");
}

static bool
send_words(int fd, char *const *words, size_t n)
{
	struct buffer packed = { 0 };
	bool ok;

	for (size_t i = 0; i < n; i++)
		pack_str(&packed, vb_str(words[i]));
	ok = packet_send(fd, buffer_str(&packed), NULL, 0);
	buffer_finish(&packed);
	return ok;
}

int
ask_server(const char *run_dir, char *const *words, size_t n)
{
	int fd = control_connect(run_dir), code;

	if (fd < 0 && (errno == ENOENT || errno == ECONNREFUSED))
		return -1;
	if (fd < 0)
		return cannot(run_dir,
		    errno == EACCES ? "permission denied; it answers root, "
				      "or whoever started it"
				    : strerror(errno));
	code = send_words(fd, words, n) ? print_answer(fd, run_dir)
	                                : cannot(run_dir, strerror(errno));
	close(fd);
	return code;
}

int
ask_tell_none(const char *run_dir)
{
	fprintf(
	    stderr, "verbena: no server runs with the run_dir %s\n", run_dir);
	return EXIT_FAILURE;
}
