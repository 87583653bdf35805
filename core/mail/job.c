/* One delivery, as octets between processes. */
#include "core/mail/job.h"

#include "core/base/pack.h"

void
job_pack(struct buffer *to, const struct job *job)
{
	const struct vb_delivery *d = &job->to;

	pack_str(to, job->module);
	pack_number(to, job->scope);
	pack_str(to, d->id);
	pack_str(to, d->sender);
	pack_str(to, d->mailbox);
	pack_str(to, d->user);
	pack_str(to, d->domain);
	pack_str(to, d->home);
	pack_number(to, (uint64_t)d->arrived);
	pack_number(to, d->again);
	pack_number(to, d->has_others);
	pack_str(to, d->client);
	pack_number(to, d->is_mailed);
	pack_str(to, job->return_path);
	pack_str(to, job->trace);
	pack_str(to, job->file);
	pack_number(to, job->at);
	pack_number(to, job->octets);
	pack_number(to, (uint64_t)job->seconds);
}

bool
job_unpack(struct unpack *from, struct job *job)
{
	struct vb_delivery *d = &job->to;

	*job = (struct job){ .to = { .size = sizeof(*d) } };
	job->module = unpack_str(from);
	job->scope = (unsigned)unpack_number(from);
	d->id = unpack_str(from);
	d->sender = unpack_str(from);
	d->mailbox = unpack_str(from);
	d->user = unpack_str(from);
	d->domain = unpack_str(from);
	d->home = unpack_str(from);
	d->arrived = (int64_t)unpack_number(from);
	d->again = unpack_number(from) != 0;
	d->has_others = unpack_number(from) != 0;
	d->client = unpack_str(from);
	d->is_mailed = unpack_number(from) != 0;
	job->return_path = unpack_str(from);
	job->trace = unpack_str(from);
	job->file = unpack_str(from);
	job->at = unpack_number(from);
	job->octets = unpack_number(from);
	job->seconds = (int64_t)unpack_number(from);
	return !from->bad;
}
