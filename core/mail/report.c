/* How a delivery ended: as octets, and as a reply. */
#include "core/mail/report.h"

#include <string.h>

void
report_pack(struct buffer *to, const struct report *report)
{
	pack_number(to, (uint64_t)report->outcome);
	pack_str(to, report->status);
	pack_str(to, report->text);
}

bool
report_unpack(struct unpack *from, struct report *report)
{
	uint64_t outcome = unpack_number(from);

	report->outcome = outcome > VB_NEVER ? VB_FAILED
	                                     : (enum vb_outcome)outcome;
	report->status = unpack_str(from);
	report->text = unpack_str(from);
	return unpack_is_done(from);
}

static bool
begins(struct vb_str status, struct vb_str with)
{
	return status.n >= with.n && memcmp(status.p, with.p, with.n) == 0;
}

int
report_reply_code(const struct report *r)
{
	if (r->outcome == VB_NEVER) {
		bool full = begins(r->status, VB_STR("5.2.2")) ||
		            begins(r->status, VB_STR("5.3.4"));

		return full ? 552 : 554;
	}
	if (begins(r->status, VB_STR("4.2.2")) ||
	    begins(r->status, VB_STR("4.3.1")))
		return 452;
	return begins(r->status, VB_STR("4.2.")) ? 450 : 451;
}
