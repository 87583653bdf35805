/* How a delivery ended, as octets. */
#include "core/mail/report.h"

void
report_pack(struct buffer *to, const struct report *report)
{
	pack_number(to, (uint64_t)report->outcome);
	pack_str(to, report->status);
	pack_str(to, report->text);
	pack_str(to, report->remote);
}

bool
report_unpack(struct unpack *from, struct report *report)
{
	uint64_t outcome = unpack_number(from);

	report->outcome = outcome > VB_NEVER ? VB_FAILED
	                                     : (enum vb_outcome)outcome;
	report->status = unpack_str(from);
	report->text = unpack_str(from);
	report->remote = unpack_str(from);
	return !from->bad;
}
