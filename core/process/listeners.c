/* The listening sockets of all sites: our own, and those that were passed. */
#include "core/process/listeners.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/io/listen.h"
#include "core/io/process.h"
#include "core/module/options.h"
#include "core/process/roles.h"
#include "core/smtp/settings.h"

enum { FIRST_PASSED = 3 };

/* Sockets that the service manager passed; -1 for those that are taken. */
struct passed {
	int *fds;
	size_t n;
};

static int
take_passed(struct passed *passed, const struct listen_address *at)
{
	for (size_t i = 0; i < passed->n; i++) {
		int fd = passed->fds[i];

		if (fd >= 0 && listen_is_at(fd, at)) {
			passed->fds[i] = -1;
			return fd;
		}
	}
	return -1;
}

static void
add(struct listeners *l, int fd, const char *path)
{
	l->fds = must_resize(l->fds, (l->n + 1) * sizeof(*l->fds));
	l->paths = must_resize(l->paths, (l->n + 1) * sizeof(*l->paths));
	l->fds[l->n] = fd;
	l->paths[l->n++] = path;
}

static bool
tell(struct vb_str text, const char *wrong)
{
	fprintf(stderr, "verbena: listen: \"%.*s\": %s\n", VB_FMT(text), wrong);
	return false;
}

/* Anyone on this machine may speak SMTP to us. */
static const char *
open_to_all(const struct listen_address *at, struct arena *arena)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&at->address;

	if (at->address.ss_family != AF_UNIX)
		return NULL;
	chmod(un->sun_path, 0666);
	return arena_string(arena, vb_str(un->sun_path));
}

static bool
open_one(struct listeners *l, struct passed *passed, struct vb_str text,
    struct arena *arena)
{
	struct listen_address at;
	const char *wrong = listen_parse(text, &at);
	int fd;

	if (wrong != NULL)
		return tell(text, wrong);
	if (l->n >= SPAWN_FDS - FD_LISTEN)
		return tell(text, "too many addresses");
	fd = take_passed(passed, &at);
	if (fd >= 0) {
		add(l, fd, NULL);
		return true;
	}
	fd = listen_open(&at);
	if (fd < 0)
		return tell(text, strerror(errno));
	add(l, fd, open_to_all(&at, arena));
	return true;
}

static bool
open_site(struct listeners *l, struct passed *passed,
    const struct options_reader *r, const config_setting_t *group)
{
	struct site_conf site;
	bool ok = true;

	options_defaults(r, "verbena", site_options, &site);
	options_read(r, "", site_options, NULL, group, &site);
	for (size_t i = 0; i < site.listen.n; i++)
		ok = open_one(l, passed, site.listen.items[i], r->arena) && ok;
	return ok;
}

static bool
tell_left(const struct passed *passed)
{
	bool ok = true;

	for (size_t i = 0; i < passed->n; i++) {
		if (passed->fds[i] < 0)
			continue;
		fprintf(stderr,
		    "verbena: the service manager passed socket %d, which is "
		    "in no site's listen\n",
		    passed->fds[i]);
		ok = false;
	}
	return ok;
}

bool
listeners_open(
    struct listeners *l, const struct conf *conf, struct arena *arena)
{
	const config_setting_t *sites = config_setting_get_member(
	    conf_root(conf), "sites");
	int n = sites == NULL ? 0 : config_setting_length(sites);
	struct problems ignored = { 0 }; /* they were told before */
	const struct options_reader reader = { conf, arena, &ignored };
	struct passed passed = { .n = listen_passed() };
	bool ok = true;

	passed.fds = must_alloc(passed.n * sizeof(*passed.fds));
	for (size_t i = 0; i < passed.n; i++)
		passed.fds[i] = FIRST_PASSED + (int)i;
	for (int i = 0; i < n; i++)
		ok = open_site(l, &passed, &reader,
			 config_setting_get_elem(sites, (unsigned)i)) &&
		     ok;
	ok = tell_left(&passed) && ok;
	free(passed.fds);
	problems_finish(&ignored);
	return ok;
}

void
listeners_close(struct listeners *l)
{
	for (size_t i = 0; i < l->n; i++) {
		close(l->fds[i]);
		if (l->paths[i] != NULL)
			unlink(l->paths[i]);
	}
	l->n = 0;
}
