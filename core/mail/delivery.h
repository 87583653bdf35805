#ifndef CORE_MAIL_DELIVERY_H
#define CORE_MAIL_DELIVERY_H

#include <verbena/module.h>

#include "core/base/memory.h"
#include "core/mail/job.h"
#include "core/mail/report.h"
#include "core/module/loader.h"

/*
 * Carries out a job in this process, which may block: calls the module's
 * .deliver. `body` is read with pread(2) only, so that it may be shared.
 * What the report points to is in the arena.
 */
struct report delivery_run(const struct job *job, int body,
    const struct module *module, const void *conf, struct arena *arena);

/* Asks the module's .room of a message of job->octets that is not there. */
struct report delivery_room(const struct job *job, const struct module *module,
    const void *conf, struct arena *arena);

/* What modules reach through the table, as <verbena/delivery.h> tells it. */
ptrdiff_t delivery_read(struct vb_delivery *vd, void *bytes, size_t n);
bool delivery_rewind(struct vb_delivery *vd);
const char *delivery_path(struct vb_delivery *vd, struct vb_str pattern);
int delivery_directory(struct vb_delivery *vd, const char *path);
enum vb_outcome delivery_delivered(struct vb_delivery *vd, const char *fmt, ...)
    VB_PRINTF(2, 3);
enum vb_outcome delivery_later(struct vb_delivery *vd, const char *status,
    const char *fmt, ...) VB_PRINTF(3, 4);
enum vb_outcome delivery_never(struct vb_delivery *vd, const char *status,
    const char *fmt, ...) VB_PRINTF(3, 4);

#endif
