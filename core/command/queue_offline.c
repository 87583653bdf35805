/*
 * hold, release and remove while no server runs: of what is in a file. What is
 * in the journal alone waits for a server.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/command/queue.h"
#include "core/io/queue_lock.h"
#include "core/mail/journal_view.h"

static int
cannot(const char *id, const char *why)
{
	fprintf(stderr, "verbena: %s: %s\n", id, why);
	return EXIT_FAILURE;
}

static bool
is_it(void *data, const struct journal_message *m)
{
	struct vb_str *id = data;

	if (!vb_str_eq(m->record.id, *id))
		return true;
	*id = VB_STR("");
	return false;
}

/* Does the journal have it, or may it? */
static bool
is_in_journal(const struct place *place, const char *id)
{
	int dir = place_open(place, "journal");
	struct vb_str sought = vb_str(id);
	struct journal_view view;
	bool ok;

	if (dir < 0)
		return true;
	ok = journal_view_open(&view, dir) &&
	     journal_view_each(&view, is_it, &sought);
	journal_view_finish(&view);
	close(dir);
	return !ok || sought.n == 0;
}

static int
change(int dir, const char *id, bool is_held)
{
	if (!parked_hold(dir, vb_str(id), is_held, clock_wall_us() / 1000000))
		return cannot(id, strerror(errno));
	printf("%s: %s\n", id,
	    is_held ? "is held" : "is released; no server runs to try it");
	return EXIT_SUCCESS;
}

/* Of a message whose file was written just before a power cut the journal may
   not know yet that it left: a server would find it there again. */
static int
remove_file(const struct place *place, int dir, const char *id)
{
	if (is_in_journal(place, id))
		return cannot(id,
		    "is in the journal too; it can be removed while a server "
		    "runs");
	if (!parked_remove(dir, vb_str(id), true))
		return cannot(id, strerror(errno));
	printf("%s: is removed\n", id);
	return EXIT_SUCCESS;
}

static int
work_on(const struct place *place, int dir, const char *verb, const char *id)
{
	char path[PARKED_PATH_SIZE];

	if (!queue_lock_try(dir))
		return cannot(
		    id, errno == EWOULDBLOCK
			    ? "a server is at work on the queue, but does not "
			      "listen; try again"
			    : strerror(errno));
	if (!parked_path(vb_str(id), path) ||
	    faccessat(dir, path, F_OK, 0) != 0)
		return cannot(id,
		    is_in_journal(place, id)
			? "is in the journal, and no server runs that could "
			  "do it"
			: "no such message");
	if (strcmp(verb, "remove") == 0)
		return remove_file(place, dir, id);
	return change(dir, id, strcmp(verb, "hold") == 0);
}

int
queue_offline(const struct place *place, const char *verb, const char *id)
{
	int dir, code;

	if (!place_enter(place))
		return EXIT_FAILURE;
	dir = place_open(place, "queue");
	if (dir < 0)
		return EXIT_FAILURE;
	code = work_on(place, dir, verb, id);
	close(dir);
	return code;
}
