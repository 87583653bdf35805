#ifndef CORE_MAIL_DELIVERY_STATE_H
#define CORE_MAIL_DELIVERY_STATE_H

#include "core/base/buffer.h"
#include "core/mail/delivery.h"
#include "core/mail/stored_form.h"

/*
 * A call of a module, about one mailbox. For the files that deliver; others see
 * delivery.h.
 */
struct delivery {
	struct vb_delivery is; /* what the module sees; first */
	struct arena *arena;
	struct vb_str return_path, trace;
	int file;
	uint64_t from, octets, at; /* in the file; in all; read so far */
	struct stored_form form;
	struct buffer ready; /* to be read by the module, from .taken on */
	size_t taken;
	struct report report;
	const struct module *module;
	const void *conf;
	void *data; /* of the module */
	struct delivery_batch *batch;
	bool is_half; /* the module's second half is to come */
	bool wants_sync;
	dev_t device; /* what is to be synced is on it */
	struct delivery *next;
};

/* Reading begins with the first octet. */
void delivery_begin(struct delivery *d);

/* There is nothing more, until the module begins anew. */
void delivery_end_reading(struct delivery *d);

#endif
