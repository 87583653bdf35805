#ifndef CORE_MAIL_DELIVERY_H
#define CORE_MAIL_DELIVERY_H

#include <verbena/module.h>

#include "core/base/memory.h"
#include "core/mail/job.h"
#include "core/mail/opened.h"
#include "core/mail/report.h"
#include "core/mail/syncs.h"
#include "core/module/loader.h"

/*
 * Carrying out jobs in this process, which may block: a batch of deliveries, in
 * two halves. First each module's .deliver does its work; what it asked to have
 * synced is synced, for all at once; then each .publish makes visible what is
 * safe, and each .abandon clears away what is not; and what those asked to have
 * synced is, too. So a batch costs two syncs, however many messages are in it.
 */
struct delivery;

/* What terminals have to say of somebody. */
struct reached {
	enum vb_presence presence;
	enum vb_shown shown;
	struct vb_str text; /* for the log */
};

struct delivery_batch {
	struct arena *arena;
	struct opened opened;
	struct syncs syncs;
	struct delivery *first, **last;
};

void delivery_batch_open(struct delivery_batch *b, struct arena *arena);

/* Opens a file that messages are read from; once for all. -1 and errno. */
int delivery_file(struct delivery_batch *b, const char *path);

/* Adds one and does its first half. `file` is read with pread(2) only and must
   stay open until the batch is over. */
struct delivery *delivery_add(struct delivery_batch *b, const struct job *job,
    int file, const struct module *module, const void *conf);

/* One that cannot even be begun. */
struct delivery *delivery_add_failed(
    struct delivery_batch *b, const char *status, const char *text);

/* The rest, for all; and closes what was open. */
void delivery_batch_run(struct delivery_batch *b);

/* How each ended, in the order in which they were added. What a report points
   to is in the arena. */
void delivery_batch_reports(const struct delivery_batch *b,
    void (*each)(void *data, const struct report *report), void *data);

/* Asks the module's .room of a message of job->octets that is not there. */
struct report delivery_room(const struct job *job, const struct module *module,
    const void *conf, struct arena *arena);

/* Has the module's .terminals show a message, in `file`, or, when that is -1,
   say whether it could. */
struct reached delivery_reach(const struct job *job, int file,
    const struct module *module, const void *conf, struct arena *arena);

/* What modules reach through the table, as <verbena/delivery.h> tells it. */
ptrdiff_t delivery_read(struct vb_delivery *vd, void *bytes, size_t n);
bool delivery_rewind(struct vb_delivery *vd);
const char *delivery_path(struct vb_delivery *vd, struct vb_str pattern);
void delivery_lend(struct vb_delivery *vd, struct vb_str name, int fd);
int delivery_borrow(struct vb_delivery *vd, struct vb_str name);
int delivery_directory(struct vb_delivery *vd, const char *path);
bool delivery_sync(struct vb_delivery *vd, int fd);
void *delivery_data(struct vb_delivery *vd);
enum vb_outcome delivery_delivered(struct vb_delivery *vd, const char *fmt, ...)
    VB_PRINTF(2, 3);
enum vb_outcome delivery_later(struct vb_delivery *vd, const char *status,
    const char *fmt, ...) VB_PRINTF(3, 4);
enum vb_outcome delivery_never(struct vb_delivery *vd, const char *status,
    const char *fmt, ...) VB_PRINTF(3, 4);

#endif
