#ifndef CORE_IO_PROCESS_H
#define CORE_IO_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <verbena/attr.h>

#include "core/io/urgency.h"

/*
 * Starting processes of this very binary, and what only Linux can do for them.
 */

/* Whom to become: an account with all its groups, or with one that is named. */
struct account {
	char name[64];
	uid_t uid;
	gid_t gid;
	bool has_one_group;
	gid_t one_group;
};

/* False when there is no such account. */
VB_MUST_USE bool account_find(const char *name, struct account *account);

/* The same account, in its own group and this one alone; where there is no such
   group, in its own. */
struct account account_in_group(
    const struct account *account, const char *group);

/* Becomes it, for good. False and errno when that is refused. */
VB_MUST_USE bool process_become(const struct account *account);

/* It is killed when its parent ends; who becomes another account has to say it
   again. False and errno. */
VB_MUST_USE bool process_die_with_parent(void);

/* Nobody but root may look into this process, or open its descriptors, whatever
   account it becomes. */
void process_hide(void);

/* How many descriptors a child can be given. */
enum { SPAWN_FDS = 1024 };

struct spawn {
	char *const *argv;
	const int *fds; /* become 3, 4, 5 ... in the child; -1 leaves a hole */
	size_t n_fds;
	const struct account *become; /* NULL: stay who we are */
	bool dies_with_us;
	const struct urgency *urgency; /* NULL: ours */
};

/*
 * Executes the binary that is running, with these descriptors and 0, 1 and 2
 * and no others. Privileges go before it is executed; an urgency that is not
 * allowed is not had. -1 and errno when it
 * could not even be forked; a child that fails later exits with 127.
 */
pid_t process_spawn(const struct spawn *spawn);

/* As many descriptors as this process may have at all. */
void process_raise_file_limit(void);

/* memfd_create(2), closed on exec. */
int process_memory_file(const char *name);

/* From now on nobody can change it, whoever has a descriptor of it. False and
   errno when that is refused. */
VB_MUST_USE bool process_seal(int memory_file);

#endif
